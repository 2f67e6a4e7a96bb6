import type { Roles } from '../state/documents';

/* What was found in the files a person brought, before any question is asked. */

export interface LevelCount {
  value: string;
  cells: number;
}

export interface FoundColumn {
  name: string;
  kind: 'categorical' | 'numeric' | 'unique';
  /** The most frequent ones, at most 200. */
  levels: LevelCount[];
  /** null: too many different values to count. */
  level_count: number | null;
  missing: number;
}

/** The core's description of the cells (Ingest::describe). */
export interface Description {
  cells: number;
  genes: { count: number; first: string[] };
  columns: FoundColumn[];
  proposed: Partial<Roles> & { why?: Record<string, string> };
  memory_bytes: number;
  warnings: string[];
}

/** One matrix of an HDF5 file that might hold the counts. */
export interface FoundMatrix {
  path: string;
  form: 'csr' | 'csc' | 'dense';
  cells: number;
  genes: number;
  /** Whether the values looked at are non-negative whole numbers. */
  counts: boolean;
  /** Why not. */
  reason: string | null;
}

export interface FoundData {
  counts_name: string;
  cells_name: string;
  form: 'h5ad' | 'text';
  description: Description;
  /** HDF5 only: which matrices there are, the proposed one first. */
  matrices: FoundMatrix[];
  /** HDF5 only: where gene names can come from, the proposed one first ('' = the index). */
  geneNames: { column: string; first: string[]; repeated: number }[];
}

export interface SummariseRequest {
  roles: Roles;
  seed: number;
  /** HDF5 only: path of the matrix that holds the counts, and the column of gene names. */
  matrix: string | null;
  geneNames: string | null;
}
