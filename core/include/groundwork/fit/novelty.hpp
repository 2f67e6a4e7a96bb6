#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "groundwork/fit/edit_model.hpp"

namespace groundwork::fit {

/** In what way a condition is new to a model: what it was trained on decides how far it may be trusted. */
enum class Novelty {
  familiar,      ///< every edit was trained, and in combination if the condition combines
  new_together,  ///< every edit was trained, but one of them only alone
  unseen_clamp,  ///< an edit that was not trained, whose target is modelled
  unseen_input,  ///< an edit that was not trained, known by nothing but its dose
};
inline constexpr std::array<Novelty, 4> novelties{Novelty::familiar, Novelty::new_together, Novelty::unseen_clamp,
                                                  Novelty::unseen_input};
std::string name_of(Novelty);  ///< "familiar", …
/** "a new condition of trained edits", … */
std::string words_of(Novelty);

/** Which edits the training conditions hold, and which of them together with others. */
struct Experience {
  std::set<std::string> seen, together;

  void add(const screen::Condition&);
  Novelty novelty_of(const screen::Condition&, const EditModel&) const;
};

/**
 * Sets of the given edited conditions to leave out in turn (one flag a condition each), which imitate every novelty
 * that these conditions can imitate: conditions of equal edits and doses together (5 folds); where some edit was
 * combined and also seen alone, its combinations (an edit each, at most 6 folds); where edits occur in several
 * conditions, all that carry it (at most 12 folds). A fold leaves at least two sets of edits. Dealt in random order
 * that `seed` decides.
 */
std::vector<std::vector<char>> imitations(const std::vector<screen::Condition>& conditions, std::uint64_t seed);

}  // namespace groundwork::fit
