// A plain static file server on localhost, with no special headers: what any static host does. Arguments: FOLDER PORT [PREFIX].
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.gz': 'application/gzip',
};

export function serve(folder, port, prefix = '/') {
  const root = resolve(folder);
  const server = createServer(async (request, response) => {
    const refuse = (status, text) => response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    try {
      const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
      if (!path.startsWith(prefix)) return refuse(404, 'not found');
      let file = join(root, normalize('/' + path.slice(prefix.length)));
      if ((await stat(file)).isDirectory()) file = join(file, 'index.html');
      const { size } = await stat(file);
      const type = types[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-length': size, 'cache-control': 'no-cache' });
      createReadStream(file).pipe(response);
    } catch (error) {
      if (error.code === 'ENOENT' || error instanceof URIError) refuse(404, 'not found');
      else refuse(500, error.message);
    }
  });
  return new Promise((ready, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => ready(server));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, port, prefix] = process.argv.slice(2);
  try {
    await serve(folder, Number(port), prefix);
  } catch (error) {
    const why =
      error.code === 'EADDRINUSE' ? `port ${port} is taken; choose another with PORT=8081` : error.message;
    console.error(`serve: ${why}`);
    process.exit(1);
  }
}
