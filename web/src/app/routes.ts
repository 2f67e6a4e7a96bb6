import type { RouteDefinition } from 'svelte-spa-router';
import Abundance from '../pages/Abundance.svelte';
import Audit from '../pages/Audit.svelte';
import Compare from '../pages/Compare.svelte';
import Data from '../pages/Data.svelte';
import Design from '../pages/Design.svelte';
import Effects from '../pages/Effects.svelte';
import Fit from '../pages/Fit.svelte';
import Next from '../pages/Next.svelte';
import Links from '../pages/Links.svelte';
import Predict from '../pages/Predict.svelte';
import Protocols from '../pages/Protocols.svelte';
import Simulate from '../pages/Simulate.svelte';
import Start from '../pages/Start.svelte';

export const routes: RouteDefinition = {
  '/': Start,
  '/data': Data,
  '/effects': Effects,
  '/abundance': Abundance,
  '/audit': Audit,
  '/fit': Fit,
  '/compare': Compare,
  '/predict': Predict,
  '/protocols': Protocols,
  '/next': Next,
  '/links': Links,
  '/design': Design,
  '/simulate': Simulate,
  '*': Start,
};
