import type { GroundworkModule, Ingest } from 'groundwork-core';
import type { Group } from 'h5wasm';
import { CoreError } from '../worker/errors';
import { messageFrom, unwrap } from '../worker/reply';
import type { Description, FoundData, FoundMatrix, SummariseRequest } from './found';
import { columnNames, geneNamesOf, readColumn, readIndex, type Column, type GeneNames } from './h5ad/columns';
import { groupAt, openHdf } from './h5ad/file';
import { judge, matricesOf, slicesOf, storedIn, type Matrix, type Slice } from './h5ad/matrix';
import type { Source } from './opened';
import { phaseOf } from './openText';

/** Values held between the passes: 64 MB at eight bytes a value. */
const keptValues = 8e6;

function notAnnData(name: string, root: Group): CoreError {
  const holds = root.keys().slice(0, 5).join(', ') || 'nothing';
  return new CoreError({
    code: 'h5ad.not_anndata',
    message: `'${name}' is an HDF5 file but not an .h5ad: it holds ${holds}, and no table of cells (obs) or genes (var).`,
    hint: 'Open the file with scanpy or anndata and write it as .h5ad (a Cell Ranger .h5: scanpy.read_10x_h5).',
  });
}

function noCounts(name: string, matrices: FoundMatrix[]): CoreError {
  const found = matrices.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
  return new CoreError({
    code: 'h5ad.no_counts',
    message: `'${name}' holds no counts: ${found === '' ? 'it has no matrix of cells × genes' : found}.`,
    hint: 'Save the raw counts in X or in a layer (adata.layers["counts"]) and open the file again.',
  });
}

/** raw/X has genes of its own, in raw/var. */
function genesFor(root: Group, path: string): GeneNames[] {
  const frame = path.startsWith('raw') ? groupAt(root, 'raw/var') : groupAt(root, 'var');
  return frame === null ? [] : geneNamesOf(frame);
}

function push(ingest: Ingest, slice: Slice): void {
  const { first, values } = slice;
  switch (slice.form) {
    case 'csr':
      return void unwrap(ingest.pushRows(first, slice.indptr, slice.indices, slice.values));
    case 'csc':
      return void unwrap(ingest.pushColumns(first, slice.indptr, slice.indices, slice.values));
    case 'dense':
      return void unwrap(ingest.pushDense(first, slice.count, values));
    default:
      return slice satisfies never;
  }
}

export async function openH5ad(module: GroundworkModule, file: File): Promise<Source> {
  const hdf = await openHdf(file);
  let ingest: Ingest | null = null;
  try {
    const { root } = hdf;
    const obs = groupAt(root, 'obs');
    if (obs === null || groupAt(root, 'var') === null) throw notAnnData(file.name, root);
    const matrices = matricesOf(root);
    const judged = matrices.map(judge);
    const usable = judged.filter(({ counts }) => counts);
    const [best] = usable;
    if (best === undefined) throw noCounts(file.name, judged);

    const index = readIndex(obs);
    // Names serve messages only; where they are not distinct, places tell cells apart.
    const cellNames = index !== null && new Set(index).size === index.length ? index : null;
    const columns = columnNames(obs)
      .map((name) => readColumn(obs, name))
      .filter((column): column is Column => column !== null);
    const fresh = (matrix: FoundMatrix | Matrix, geneNames: string | null): Ingest => {
      const sources = genesFor(root, matrix.path);
      const source = sources.find(({ column }) => column === geneNames) ?? sources[0];
      const genes = source?.names ?? Array.from({ length: matrix.genes }, (_, at) => `gene_${at + 1}`);
      const started = unwrap(module.newIngest()).ingest;
      try {
        unwrap(started.setGenes(JSON.stringify(genes)));
        unwrap(
          started.setCellNames(
            JSON.stringify(cellNames ?? Array.from({ length: matrix.cells }, (_, at) => `cell_${at + 1}`)),
          ),
        );
        for (const { name, codes, levels } of columns) {
          unwrap(started.addColumn(name, codes, JSON.stringify(levels)));
        }
      } catch (thrown) {
        started.delete();
        throw thrown;
      }
      return started;
    };

    ingest = fresh(best, null);
    let described = { path: best.path, geneNames: genesFor(root, best.path)[0]?.column ?? null };
    const found: FoundData = {
      counts_name: file.name,
      cells_name: '',
      form: 'h5ad',
      description: JSON.parse(unwrap(ingest.describe()).json) as Description,
      matrices: [...usable, ...judged.filter(({ counts }) => !counts)],
      geneNames: genesFor(root, best.path).map(({ column, names, repeated }) => ({
        column,
        first: names.slice(0, 5),
        repeated,
      })),
    };

    return {
      found,
      async summarise(request: SummariseRequest, report, token) {
        const matrix =
          matrices.find(({ path }) => path === request.matrix) ?? matrices.find((m) => m.path === best.path)!;
        if (matrix.path !== described.path || request.geneNames !== described.geneNames) {
          ingest?.delete();
          ingest = null;
          ingest = fresh(matrix, request.geneNames);
          described = { path: matrix.path, geneNames: request.geneNames };
        }
        if (ingest === null) throw noCounts(file.name, judged);
        const names = { counts_name: file.name, cells_name: '' };
        unwrap(ingest.begin(JSON.stringify({ roles: request.roles, seed: request.seed, ...names })));
        const lines = matrix.form === 'csc' ? matrix.genes : matrix.cells;
        // What fits is kept from the first pass, so that the second does not unpack the file again.
        const kept: Slice[] | null = storedIn(matrix) <= keptValues ? [] : null;
        for (let pass = 0, more = true; more; pass++) {
          for (const slice of pass > 0 && kept !== null ? kept : slicesOf(matrix)) {
            push(ingest, slice);
            if (pass === 0) kept?.push(slice);
            const passed =
              slice.form === 'dense' ? slice.first + slice.count : slice.first + slice.indptr.length - 1;
            report({ fraction: Math.min(1, (pass + passed / lines) / 2), phase: phaseOf(pass) });
            await token.pass();
          }
          more = unwrap(ingest.nextPass()).more;
        }
        return messageFrom(ingest.finish());
      },
      close: () => {
        ingest?.delete();
        hdf.close();
      },
    };
  } catch (thrown) {
    ingest?.delete();
    hdf.close();
    throw thrown;
  }
}
