import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { RequestHandler } from 'express';
import { SynergyError } from '../../domain/errors.ts';
import { packageRoot } from '../../lib/package-info.ts';

const require = createRequire(import.meta.url);
const ours = (name: string): string => join(packageRoot, 'mx', 'public', name);

/** Everything that is served as a file. A name that is not here cannot be asked for. */
const files: Readonly<Record<string, string>> = {
  'app.css': ours('app.css'),
  'app.js': ours('app.js'),
  'charts.js': ours('charts.js'),
  'logo.svg': ours('logo.svg'),
  'theme.js': ours('theme.js'),
  'triggers.js': ours('triggers.js'),
  'geist.woff2': ours('fonts/geist.woff2'),
  'geist-mono.woff2': ours('fonts/geist-mono.woff2'),
  'htmx.js': require.resolve('htmx.org/dist/htmx.min.js'),
  'uplot.js': require.resolve('uplot/dist/uPlot.iife.min.js'),
  'uplot.css': require.resolve('uplot/dist/uPlot.min.css'),
};

interface Asset {
  readonly plain: Buffer;
  /** Compressed bodies by the name of their encoding; empty for what is compressed already. */
  readonly packed: ReadonlyMap<string, Buffer>;
}

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const pack = (name: string, plain: Buffer): Asset => {
  const packed = new Map<string, Buffer>();
  if (extname(name) !== '.woff2') {
    packed.set('br', brotliCompressSync(plain, quality));
    packed.set('gzip', gzipSync(plain));
  }
  return { plain, packed };
};

const hashed = (name: string, body: Buffer): string => {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 8);
  return `/assets/${name.slice(0, -extname(name).length)}.${hash}${extname(name)}`;
};

/** Style sheets name fonts without their hash: put it in, so that fonts are cached for good as well. */
const withPaths = (body: Buffer, paths: ReadonlyMap<string, string>, base: string): Buffer =>
  Buffer.from(
    body
      .toString('utf8')
      .replace(/url\('([a-z.0-9-]+)'\)/g, (_, name: string) => `url('${base}${paths.get(name) ?? name}')`),
  );

/** Files in memory, compressed once, each under a path that changes with its content. `base`: what is put before the paths outside. */
export const loadAssets = (base: string) => {
  const paths = new Map<string, string>();
  const byPath = new Map<string, Asset>();
  const fontsFirst = Object.keys(files).sort(
    (a, b) => Number(b.endsWith('.woff2')) - Number(a.endsWith('.woff2')),
  );
  for (const name of fontsFirst) {
    const raw = readFileSync(files[name] ?? '');
    const body = name === 'app.css' ? withPaths(raw, paths, base) : raw;
    paths.set(name, hashed(name, body));
    byPath.set(hashed(name, body), pack(name, body));
  }
  return {
    /** `/assets/app.3f2a9c1d.css` for `app.css`. */
    path: (name: string) => {
      const path = paths.get(name);
      if (path === undefined) throw new Error(`asset '${name}' is not in the list of mx/http/asset.ts`);
      return path;
    },
    serve: ((request, response) => {
      const asset = byPath.get(request.path);
      if (asset === undefined) throw new SynergyError('NOT_FOUND', `there is no file at ${request.path}`);
      const encoding = [...asset.packed.keys()].find((name) => request.acceptsEncodings(name) !== false);
      response.type(extname(request.path)).set({
        'Cache-Control': 'public, max-age=31536000, immutable',
        Vary: 'Accept-Encoding',
      });
      if (encoding !== undefined) response.set('Content-Encoding', encoding);
      response.end(asset.packed.get(encoding ?? '') ?? asset.plain);
    }) satisfies RequestHandler,
  };
};
