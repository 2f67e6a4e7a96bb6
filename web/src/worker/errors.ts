/** A failure as it crosses every door: a stable code, a sentence, and what to do about it. */
export interface CoreErrorFields {
  code: string;
  message: string;
  hint: string;
}

export class CoreError extends Error implements CoreErrorFields {
  readonly code: string;
  readonly hint: string;

  constructor(fields: CoreErrorFields) {
    super(fields.message);
    this.name = 'CoreError';
    this.code = fields.code;
    this.hint = fields.hint;
  }

  get fields(): CoreErrorFields {
    return { code: this.code, message: this.message, hint: this.hint };
  }

  /** Whatever was thrown, as a sentence; an unexpected one keeps its own words. */
  static from(thrown: unknown): CoreError {
    if (thrown instanceof CoreError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new CoreError({
      code: 'page.unexpected',
      message: `The page failed where it should not: ${message}`,
      hint: 'Copy the details into a bug report; what was loaded before is still there.',
    });
  }
}

export const cancelled = 'job.cancelled';

export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof CoreError && thrown.code === cancelled;
}
