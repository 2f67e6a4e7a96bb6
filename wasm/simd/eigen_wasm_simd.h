// Eigen's SSE code paths contain x86 inline assembly for GCC-like compilers, which WebAssembly cannot assemble. Eigen's
// own macro decides it, so it is read first and then corrected.
#if defined(__EMSCRIPTEN__) && defined(__SSE2__) && defined(__cplusplus)
#include <Eigen/src/Core/util/Macros.h>
#undef EIGEN_COMP_GNUC
#define EIGEN_COMP_GNUC 100
#endif
