import type { GroundworkModule } from 'groundwork-core';
import { CoreError } from '../worker/errors';
import type { CancelToken } from '../worker/jobs';
import type { CoreMessage } from '../worker/message';
import type { JobProgress } from '../worker/messages';
import type { FoundData, SummariseRequest } from './found';
import { kindOf, refuseFalseName, refuseKind } from './kinds';
import { openH5ad } from './openH5ad';
import { openText } from './openText';

export type Report = (progress: JobProgress) => void;

/** Files with an Ingest of the core behind them: what every form of input can do. */
export interface Source {
  readonly found: FoundData;
  summarise(request: SummariseRequest, report: Report, token: CancelToken): Promise<CoreMessage>;
  close(): void;
}

/** Looks at what the files are, and opens them in the way that fits. */
export class OpenedData implements Source {
  private constructor(private readonly source: Source) {}

  static async open(
    module: GroundworkModule,
    files: File[],
    metadata: string[],
    report: Report,
    token: CancelToken,
  ): Promise<OpenedData> {
    const known = await Promise.all(files.map(kindOf));
    for (const file of known) {
      const refusal = refuseFalseName(file);
      if (refusal !== null) throw refusal;
    }
    const hdf = known.filter(({ kind, gzip }) => kind === 'hdf5' && !gzip);
    const wrong = known.find(({ kind, gzip }) => kind !== 'text' && !(kind === 'hdf5' && !gzip));
    if (wrong !== undefined) throw refuseKind(wrong);
    const [only] = hdf;
    if (only !== undefined) {
      if (known.length > 1) throw refuseKind(hdf[1] ?? only);
      return new OpenedData(await openH5ad(module, only.file));
    }
    if (known.length === 0) {
      throw new CoreError({ code: 'file.none', message: 'No file was given.', hint: 'Choose a file.' });
    }
    return new OpenedData(await openText(module, known, metadata, report, token));
  }

  get found(): FoundData {
    return this.source.found;
  }

  summarise(request: SummariseRequest, report: Report, token: CancelToken): Promise<CoreMessage> {
    return this.source.summarise(request, report, token);
  }

  close(): void {
    this.source.close();
  }
}
