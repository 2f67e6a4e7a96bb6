import { requestWith } from '../../worker/arrays';
import type { LinksDocument } from '../../state/links';
import { session } from '../../state/session.svelte';
import { StepJob } from '../../state/stepJob';

const job = new StepJob<LinksDocument>('links', session.links);

export const cancelLinks = (): void => job.cancel();

export async function startLinks(): Promise<void> {
  const fit = session.fit.result;
  if (fit === null) return;
  const { medium, starts } = session.links.parameters;
  await job.run(
    'Looking for the rest of unedited cells',
    requestWith({ ...(medium === null ? {} : { medium }), starts }, { fit }),
    () => session.fit.result,
    'Fit changed while this ran',
  );
}
