// Which instruction set this process uses, and the steps by name.
#pragma once

#include "steps.hpp"

namespace groundwork::matmul {

enum class Isa { scalar, avx2, avx512, neon };

const char *name(Isa isa);

// The instruction sets compiled in that this processor (and operating system) has, best first.
// The list ends with `scalar`; its length is returned, at most 4.
int available(Isa out[4]);

// The one in use: $GROUNDWORK_ISA where set, else the best. Throws InvalidArgument when
// $GROUNDWORK_ISA names one that is unknown or not available here.
Isa active_isa();

// Use another one from now on. Throws InvalidArgument as above.
void use_isa(const char *name);

template <class T> const Kernels<T> &active();
template <class T> const Kernels<T> &kernels_of(Isa isa);

// The step called `name` for the instruction set in use; throws InvalidArgument for unknown names.
template <class T> Step<T> find_step(const char *name);

// The name of step `index` on the ladder, or null past its end.
const char *step_name(int index);

} // namespace groundwork::matmul
