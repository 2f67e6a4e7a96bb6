import type { GroundworkModule, Ingest } from 'groundwork-core';
import { CoreError } from '../worker/errors';
import type { CancelToken } from '../worker/jobs';
import { messageFrom, unwrap } from '../worker/reply';
import type { Description, FoundData } from './found';
import type { KnownFile } from './kinds';
import type { Report, Source } from './opened';
import { chunksOf } from './stream';
import { arrange } from './tables';

/** Pushes a whole file into the core, piece by piece; the core splits lines. */
async function pour(
  known: KnownFile,
  push: (bytes: Uint8Array, last: boolean) => void,
  passed: (fraction: number) => Promise<void>,
): Promise<void> {
  for await (const { bytes, fraction } of chunksOf(known.file, known.gzip)) {
    push(bytes, false);
    await passed(fraction);
  }
  push(new Uint8Array(0), true);
}

export async function openText(
  module: GroundworkModule,
  files: KnownFile[],
  metadata: string[],
  report: Report,
  token: CancelToken,
): Promise<Source> {
  const { counts, cells } = await arrange(files);

  const describe = async (ingest: Ingest): Promise<void> => {
    unwrap(ingest.expectColumns(JSON.stringify(metadata)));
    const passed = (share: number) => async (fraction: number) => {
      report({ fraction: share * fraction, phase: 'Reading the table' });
      await token.pass();
    };
    if (cells !== null) {
      await pour(
        cells,
        (b, last) => void unwrap(ingest.pushCellsText(cells.file.name, b, last)),
        passed(0.2),
      );
    }
    await pour(
      counts,
      (b, last) => void unwrap(ingest.describeCountsText(counts.file.name, b, last)),
      passed(1),
    );
  };

  const ingest = unwrap(module.newIngest()).ingest;
  let description: Description;
  try {
    await describe(ingest);
    description = JSON.parse(unwrap(ingest.describe()).json) as Description;
    const there = new Set(description.columns.map(({ name }) => name));
    const absent = metadata.find((name) => !there.has(name));
    if (absent !== undefined) {
      throw new CoreError({
        code: 'roles.unknown_column',
        message: `${counts.file.name} has no column '${absent}'.`,
        hint: 'Write the name as it stands in the header of the table; capitals count.',
      });
    }
  } catch (thrown) {
    ingest.delete();
    throw thrown;
  }
  const found: FoundData = {
    counts_name: counts.file.name,
    cells_name: cells?.file.name ?? '',
    form: 'text',
    description,
    matrices: [],
    geneNames: [],
  };

  return {
    found,
    async summarise(request, summaryReport, summaryToken) {
      unwrap(
        ingest.begin(
          JSON.stringify({
            roles: request.roles,
            seed: request.seed,
            counts_name: found.counts_name,
            cells_name: found.cells_name,
          }),
        ),
      );
      for (let pass = 0, more = true; more; pass++) {
        await pour(
          counts,
          (bytes, last) => void unwrap(ingest.pushCountsText(bytes, last)),
          async (fraction) => {
            summaryReport({ fraction: Math.min(1, (pass + fraction) / 2), phase: phaseOf(pass) });
            await summaryToken.pass();
          },
        );
        more = unwrap(ingest.nextPass()).more;
      }
      return messageFrom(ingest.finish());
    },
    close: () => ingest.delete(),
  };
}

export function phaseOf(pass: number): string {
  return pass === 0 ? 'Depth of every cell' : 'Statistics of every group';
}
