// The API's description and a page to read and try it, all from this server: nothing is fetched from elsewhere, and
// the page may run no script but these.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Hono } from 'hono';

const swaggerFolder = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const pageHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

/** `/openapi.yaml`, `/docs/`: public, and the same for everyone. */
export function createDocs(): Hono {
  const app = new Hono();
  app.get('/openapi.yaml', async (context) =>
    context.body(await readText(new URL('openapi.yaml', import.meta.url)), 200, {
      ...pageHeaders,
      'Content-Type': 'application/yaml; charset=utf-8',
    }),
  );
  app.get('/docs/', (context) => context.html(page, 200, pageHeaders));
  app.get('/docs/index.html', (context) => context.html(page, 200, pageHeaders));
  app.get('/docs/start.js', (context) =>
    context.body(script, 200, { ...pageHeaders, 'Content-Type': 'text/javascript; charset=utf-8' }),
  );
  for (const [name, type] of Object.entries(assets)) {
    app.get(`/docs/${name}`, async (context) => {
      const content = new Uint8Array(await readFile(new URL(name, `file://${swaggerFolder}`)));
      return context.body(content, 200, { ...pageHeaders, 'Content-Type': type });
    });
  }
  return app;
}

// Addresses are relative: the service may be found below any path of a proxy.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transfers: API</title>
<link rel="icon" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
`;

const script = `window.onload = () => {
  SwaggerUIBundle({ url: '../openapi.yaml', dom_id: '#swagger-ui', validatorUrl: null });
};
`;

function readText(url: URL): Promise<string> {
  return readFile(url, 'utf8');
}
