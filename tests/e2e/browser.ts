import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serve } from '../../script/lib/static-server.mjs';

/* The built site, on a plain static server and below a sub-path, in Debian's Chromium. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const site = process.env.GROUNDWORK_SITE ?? `${root}web/dist`;
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const prefix = '/some/where/groundwork/';

/** Real screens, beside the project; tests that need them are skipped, visibly, where they are not there. */
export const shared = process.env.GROUNDWORK_SHARED_DIR ?? `${root}../shared`;
export const hasShared = existsSync(`${shared}/data/README.md`);

export interface Opened {
  page: Page;
  /** Addresses of another origin that the page asked for, and what it wrote on the console as an error. */
  foreign: string[];
  complaints: string[];
}

export class Site {
  private constructor(
    private readonly server: Awaited<ReturnType<typeof serve>>,
    private readonly browser: Browser,
    readonly address: string,
  ) {}

  static async start(): Promise<Site> {
    if (!existsSync(`${site}/index.html`))
      throw new Error('web/dist is not there: run npm run build in web/ first');
    const server = await serve(site, 0, prefix);
    const { port } = server.address() as AddressInfo;
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return new Site(server, browser, `http://127.0.0.1:${port}${prefix}`);
  }

  /** A fresh page (nothing remembered) at a route: '#/data'. */
  async open(
    route = '',
    options: {
      theme?: 'light' | 'dark';
      width?: number;
      height?: number;
      /** Addresses that fail to load. */
      without?: string;
    } = {},
  ): Promise<Opened> {
    const { theme = 'light', width = 1280, height = 900 } = options;
    const context = await this.browser.newContext({ colorScheme: theme, viewport: { width, height } });
    if (options.without !== undefined) await context.route(options.without, (route) => route.abort());
    const page = await context.newPage();
    const foreign: string[] = [];
    const complaints: string[] = [];
    const origin = new URL(this.address).origin;
    context.on('request', (request) => {
      const { protocol, origin: asked } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) foreign.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(this.address + route);
    return { page, foreign, complaints };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((done) => this.server.close(done));
  }
}

/** Puts files on the page as a person does who drops them. */
export async function bring(page: Page, ...paths: string[]): Promise<void> {
  await page.locator('input[type=file]').first().setInputFiles(paths);
}

/** The same for files that a test makes up. */
export async function bringMade(
  page: Page,
  ...files: { name: string; content: string | Uint8Array }[]
): Promise<void> {
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(
      files.map(({ name, content }) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(content),
      })),
    );
}

/** Code and sentence of the refusal on the page; waits until there is one. */
export async function refusal(page: Page): Promise<{ code: string; text: string }> {
  const note = page.getByRole('alert').first();
  await note.waitFor();
  return { code: (await note.getAttribute('data-code')) ?? '', text: await note.innerText() };
}
