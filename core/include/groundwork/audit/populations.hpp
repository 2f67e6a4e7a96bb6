#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A2: one population per condition. In each place the kept cells of an edit and as many controls are treated alike:
 * Pearson residuals about the own mean (no depth), the two main axes of the controls taken out (cell cycle and what
 * else divides controls), and the axis from controls to edited cells as well (escapers). Then two normal populations
 * against one along the main axis that is left, fitted on one half of the cells and scored on the other: nats a cell,
 * edited minus control. Margin 0.05, about two equal populations three standard deviations apart.
 */
Row audit_populations(const Evidence&);

}  // namespace groundwork::audit
