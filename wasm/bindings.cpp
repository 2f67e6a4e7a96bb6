#include <emscripten/bind.h>

#include <string>

namespace {

std::string version() { return GROUNDWORK_VERSION; }

}  // namespace

EMSCRIPTEN_BINDINGS(groundwork) { emscripten::function("version", &version); }
