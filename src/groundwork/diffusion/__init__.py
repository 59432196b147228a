"""Diffusion (assignment 6.2): DDPM from first principles, sampled from pure noise."""
