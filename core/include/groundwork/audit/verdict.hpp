#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace groundwork::audit {

/** What a screen says about an assumption. */
enum class Verdict {
  supported,     ///< the whole interval lies inside the margin
  violated,      ///< the whole interval lies outside
  undecided,     ///< the interval crosses the margin
  not_testable,  ///< this design cannot tell, however many cells there are
  no_data,       ///< the measurement that it takes is not part of the screen
};
std::string name_of(Verdict);

/**
 * At most this share of screens on which every assumption holds may show a "violated", all rows together: each tested
 * row gets an equal part (Bonferroni over `tested_rows`), and within a row each item.
 */
inline constexpr double family_error = 0.05;
inline constexpr int tested_rows = 10;  ///< A1 … A11 without A7, which is read off the layout

struct Bounds {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};

/** What still counts as "the assumption holds", in the units of the items. */
struct Margin {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  std::string why;  ///< where it comes from, a clause
};

/** One thing that was looked at: an edit, a time, a batch. */
struct Item {
  std::string label;
  double estimate = 0;
  Bounds interval;      ///< 95 %, of this item alone: has to lie inside the margin for "supported"
  Bounds simultaneous;  ///< of all rows and items together: has to lie outside for "violated"
  Verdict verdict = Verdict::undecided;
  std::string note;  ///< what else to know about it; may be empty
};

/** The models and losses that follow, as choices of a fit; "" leaves a choice as it is. */
struct Choice {
  std::string model, loss;
  int centred = -1;  ///< 0 or 1; −1 leaves it
  bool empty() const { return model.empty() && loss.empty() && centred < 0; }
};

/** One assumption. */
struct Row {
  std::string id;          ///< "A1" … "A11"
  std::string assumption;  ///< as a sentence
  Verdict verdict = Verdict::no_data;
  std::string sentence;      ///< the finding, or what is missing
  std::string conditional;   ///< what the verdict rests on without a test; "" = nothing
  std::string quantity;      ///< axis title of the items, with unit
  bool logarithmic = false;  ///< the items are ratios
  Margin margin;
  std::vector<Item> items;
  int items_left_out = 0;    ///< for which the cells did not suffice
  std::string would_decide;  ///< undecided: the sample that would
  std::string extra_sample;  ///< not testable, or no data: the sample that would make it testable
  std::string consequence;   ///< which model and loss follow
  Choice choice;
  std::string flag;      ///< something to look at that is no verdict
  std::string evidence;  ///< what was compared, and what must not be mistaken for it
};

/** Two-sided error of the simultaneous interval of each of `items` items of one row. */
double simultaneous_error(std::size_t items);

/** Fills `interval`, `simultaneous` and `verdict`; `bounds(error)` gives the two-sided interval of that error. */
Item judged(std::string label, double estimate, const std::function<Bounds(double error)>& bounds, const Margin&,
            std::size_t items);

/** Estimate ± t quantile × standard error. */
std::function<Bounds(double)> t_bounds(double estimate, double standard_error, double df);

/** Violated if any item is, supported if all are; undecided otherwise. Sets verdict and would_decide. */
void conclude(Row&, const std::string& sample);

/** How many times the sample would have to be for the 95 % interval to lie on one side of the margin; ≥ 1. */
double factor_to_decide(const Item&, const Margin&);

/** "0.35", "1.07", "12.4": two or three significant digits. */
std::string in_words(double);
/** "a, b and 3 more". */
std::string listed(const std::vector<std::string>& names, std::size_t most = 4);
/** "1 batch", "3 batches". */
std::string counted(std::size_t n, const std::string& one, const std::string& many);

}  // namespace groundwork::audit
