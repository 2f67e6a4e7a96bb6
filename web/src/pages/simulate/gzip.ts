/** A file as .gz, by the platform's own stream. */
export async function gzipped(file: Blob): Promise<Blob> {
  return await new Response(file.stream().pipeThrough(new CompressionStream('gzip'))).blob();
}
