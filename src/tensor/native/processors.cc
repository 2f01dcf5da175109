#include "processors.h"

#include <algorithm>
#include <cstdlib>

namespace igds {
namespace {

int largest() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512f")) return 16;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 8;
#endif
  return 4;
}

}  // namespace

int numbersInRegister() {
  const char* wanted = std::getenv("IGDS_REGISTERS");
  return wanted ? std::min(std::atoi(wanted), largest()) : largest();
}

}  // namespace igds
