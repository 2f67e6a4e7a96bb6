// Empty on purpose: Eigen includes it for SSE, and WebAssembly has no MMX.
