import type { DesignContrast, DesignDocument } from '../../state/documents';
import type { OpenDesign } from '../../worker/client';
import { core } from '../../worker/core';
import { CoreError } from '../../worker/errors';
import { plainRequest } from '../../worker/arrays';
import type { CoreMessage } from '../../worker/message';

/** What a session says at once after each change. */
export interface DesignSummary {
  contrasts: number;
  estimable: number;
  median_se: number | null;
  smallest_se: number | null;
  largest_se: number | null;
  verdict: string[];
}

interface DesignRows {
  contrasts: DesignContrast[];
}

type Session = OpenDesign<DesignSummary, DesignRows>;

export interface DesignCore {
  design(request: CoreMessage): Promise<Session>;
  call(command: string, request: CoreMessage): Promise<CoreMessage<unknown>>;
}

/** The state that the answer should be of: what cannot change within a session, its cells, and the variances. */
export interface Wanted {
  /** The whole request; a new one opens a new session. */
  request: Record<string, unknown>;
  /** Changes of cells since the session was opened. */
  edits: { row: number; batch: number; cells: number }[];
  variances: Record<string, unknown>;
  /** Batches are fixed: nothing is assumed about their variance. */
  fixed: boolean;
}

/** Rows fetched while a slider still moves. */
const rowsWhileMoving = 250;

/**
 * The answer to a layout while it is being dragged. Only the newest wish counts: while the worker answers, wishes replace one
 * another, so that nothing queues up. All rows of a large design follow once the wishes stop.
 */
export class LiveDesign {
  summary: DesignSummary | null = $state.raw(null);
  contrasts: DesignContrast[] = $state.raw([]);
  /** All contrasts of one moment: what a figure is drawn from. Of a large design they follow when the wishes stop. */
  drawn: DesignContrast[] = $state.raw([]);
  /** The full document, for what is confounded with what; follows when the person stops. */
  document: CoreMessage<DesignDocument> | null = $state.raw(null);
  error: CoreError | null = $state.raw(null);
  /** Milliseconds that the last answer took, there and back. */
  milliseconds: number | null = $state(null);
  busy = $state(false);

  #wanted: Wanted | null = null;
  #session: Session | null = null;
  #request: Record<string, unknown> | null = null;
  #applied = 0;
  #running = false;
  #settle: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly from: DesignCore = core as unknown as DesignCore,
    private readonly onsettled: (document: CoreMessage<DesignDocument>) => void = () => {},
    /** Milliseconds without a wish after which the full document is asked for. */
    private readonly patience = 250,
  ) {}

  want(wanted: Wanted): void {
    this.#wanted = wanted;
    clearTimeout(this.#settle);
    if (!this.#running) void this.#run();
  }

  close(): void {
    clearTimeout(this.#settle);
    this.#wanted = null;
    const session = this.#session;
    this.#session = null;
    this.#request = null;
    void session?.close().catch(() => {});
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.busy = true;
    try {
      while (this.#wanted !== null) {
        const wanted = this.#wanted;
        this.#wanted = null;
        await this.#answer(wanted);
        if (this.#wanted === null)
          this.#settle = setTimeout(() => void this.#complete(wanted), this.patience);
      }
    } finally {
      this.#running = false;
      this.busy = false;
    }
  }

  async #answer(wanted: Wanted): Promise<void> {
    const started = performance.now();
    try {
      const session = await this.#sessionFor(wanted);
      const fresh = wanted.edits.slice(this.#applied);
      if (fresh.length > 0) {
        await session.setCells(fresh);
        this.#applied += fresh.length;
      }
      const summary = await session.update({ ...wanted.variances, fixed_batches: wanted.fixed });
      const count = Math.min(summary.contrasts, rowsWhileMoving);
      const { contrasts } = await session.rows(0, count);
      this.summary = summary;
      this.contrasts =
        count < summary.contrasts && this.contrasts.length === summary.contrasts
          ? [...contrasts, ...this.contrasts.slice(count)]
          : contrasts;
      if (count === summary.contrasts) this.drawn = contrasts;
      this.error = null;
      this.milliseconds = performance.now() - started;
    } catch (thrown) {
      this.error = CoreError.from(thrown);
      this.#request = null;
    }
  }

  async #sessionFor(wanted: Wanted): Promise<Session> {
    if (this.#session !== null && this.#request === wanted.request) return this.#session;
    const opened = await this.from.design(plainRequest(wanted.request));
    void this.#session?.close().catch(() => {});
    this.#session = opened;
    this.#request = wanted.request;
    this.#applied = 0;
    return opened;
  }

  async #complete(wanted: Wanted): Promise<void> {
    if (this.error !== null || this.#running) return;
    try {
      const request = {
        ...wanted.request,
        layout: editedLayout(wanted),
        variances: wanted.variances,
        fixed_batches: wanted.fixed,
      };
      const document = (await this.from.call('design', plainRequest(request))) as CoreMessage<DesignDocument>;
      if (this.#running || this.#wanted !== null) return;
      this.document = document;
      this.contrasts = document.json.contrasts;
      this.drawn = document.json.contrasts;
      this.onsettled(document);
    } catch (thrown) {
      this.error = CoreError.from(thrown);
    }
  }
}

function editedLayout({ request, edits }: Wanted): unknown {
  if (edits.length === 0) return request.layout;
  const layout = request.layout as { cells: number[][] };
  const cells = layout.cells.map((row) => [...row]);
  for (const { row, batch, cells: count } of edits) cells[row]![batch] = count;
  return { ...layout, cells };
}
