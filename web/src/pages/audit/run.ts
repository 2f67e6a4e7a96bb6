import { requestWith } from '../../worker/arrays';
import type { AuditDocument } from '../../state/documents';
import { session } from '../../state/session.svelte';
import { StepJob } from '../../state/stepJob';

const job = new StepJob<AuditDocument>('audit', session.audit);

export const cancelAudit = (): void => job.cancel();

export async function startAudit(): Promise<void> {
  const { screen } = session;
  if (screen === null) return;
  await job.run(
    'Preparing',
    requestWith({}, { screen }),
    () => session.data.result,
    'Data changed while the audit ran',
  );
}
