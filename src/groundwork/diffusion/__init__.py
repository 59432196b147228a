"""Diffusion models (assignment 6.2): DDPM from first principles, sampled from pure noise."""

from groundwork.diffusion.model import UNet, UNetConfig
from groundwork.diffusion.sampling import ddim_sample, p_sample_loop
from groundwork.diffusion.schedule import (
    Schedule,
    ScheduleConfig,
    cosine_schedule,
    linear_schedule,
    q_sample,
)
from groundwork.diffusion.training import TrainConfig, Trainer

__all__ = [
    "Schedule",
    "ScheduleConfig",
    "TrainConfig",
    "Trainer",
    "UNet",
    "UNetConfig",
    "cosine_schedule",
    "ddim_sample",
    "linear_schedule",
    "p_sample_loop",
    "q_sample",
]
