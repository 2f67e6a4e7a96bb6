# How the core is compiled for the browser. Included by the top-level CMakeLists.txt under Emscripten only.

# Header-only packages: the toolchain searches only its own sysroot, and -isystem /usr/include would hide its libc.
set(headers ${CMAKE_BINARY_DIR}/packages)
file(MAKE_DIRECTORY ${headers})
foreach(package IN ITEMS nlohmann doctest boost)
  if(EXISTS /usr/include/${package})
    file(CREATE_LINK /usr/include/${package} ${headers}/${package} SYMBOLIC)
  endif()
endforeach()
target_include_directories(groundwork_packages SYSTEM INTERFACE ${headers} /usr/include/eigen3)

# Eigen 3.4 vectorises in WebAssembly only when it believes that it has SSE: see wasm/simd.
add_compile_options(-fwasm-exceptions -msimd128 -msse4.2 "SHELL:-isystem ${CMAKE_SOURCE_DIR}/wasm/simd"
  "SHELL:-isystem /usr/include/eigen3" "SHELL:-include ${CMAKE_SOURCE_DIR}/wasm/simd/eigen_wasm_simd.h")
add_link_options(-fwasm-exceptions)

# Test and benchmark programs run under Node with the real file system.
function(groundwork_run_under_node target)
  target_link_options(${target} PRIVATE -sENVIRONMENT=node -sEXIT_RUNTIME=1 -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH
    -sMAXIMUM_MEMORY=4GB -sTOTAL_STACK=1MB)
endfunction()
