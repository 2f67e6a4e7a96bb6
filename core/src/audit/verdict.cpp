#include "groundwork/audit/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "groundwork/base/special.hpp"

namespace groundwork::audit {

std::string name_of(Verdict v) {
  switch (v) {
    case Verdict::supported:
      return "supported";
    case Verdict::violated:
      return "violated";
    case Verdict::undecided:
      return "undecided";
    case Verdict::not_testable:
      return "not testable";
    case Verdict::no_data:
      return "no data";
  }
  return "";
}

double simultaneous_error(std::size_t items) {
  return family_error / tested_rows / static_cast<double>(std::max<std::size_t>(1, items));
}

Item judged(std::string label, double estimate, const std::function<Bounds(double)>& bounds, const Margin& margin,
            std::size_t items) {
  Item item;
  item.label = std::move(label);
  item.estimate = estimate;
  item.interval = bounds(0.05);
  item.simultaneous = bounds(std::min(0.05, simultaneous_error(items)));
  if (item.simultaneous.low > margin.high || item.simultaneous.high < margin.low)
    item.verdict = Verdict::violated;
  else if (item.interval.low >= margin.low && item.interval.high <= margin.high)
    item.verdict = Verdict::supported;
  return item;
}

std::function<Bounds(double)> t_bounds(double estimate, double standard_error, double df) {
  return [=](double error) -> Bounds {
    if (!(df > 0) || !std::isfinite(standard_error)) return {};
    const double half = student_t_quantile(1 - error / 2, df) * standard_error;
    return {estimate - half, estimate + half};
  };
}

double factor_to_decide(const Item& item, const Margin& margin) {
  const double half = 0.5 * (item.interval.high - item.interval.low);
  double distance = std::numeric_limits<double>::infinity();
  for (const double edge : {margin.low, margin.high})
    if (std::isfinite(edge)) distance = std::min(distance, std::abs(item.estimate - edge));
  if (!std::isfinite(half) || !(distance > 0) || !std::isfinite(distance))
    return std::numeric_limits<double>::infinity();
  return std::max(1.0, std::pow(half / distance, 2));
}

void conclude(Row& row, const std::string& sample) {
  bool any_violated = false, all_supported = !row.items.empty();
  for (const Item& item : row.items) {
    any_violated |= item.verdict == Verdict::violated;
    all_supported &= item.verdict == Verdict::supported;
  }
  row.verdict = any_violated ? Verdict::violated : all_supported ? Verdict::supported : Verdict::undecided;
  if (row.verdict != Verdict::undecided) return;
  // The items that are open; most can be settled with less than the worst of them.
  std::vector<double> factors;
  for (const Item& item : row.items)
    if (item.verdict == Verdict::undecided) factors.push_back(factor_to_decide(item, row.margin));
  std::sort(factors.begin(), factors.end());
  const double middle = factors.empty() ? 1 : factors[factors.size() / 2];
  const std::string which = factors.size() > 1 ? "half of the open " + std::to_string(factors.size()) : "it";
  if (middle < 1000)
    row.would_decide =
        "About " + in_words(std::max(1.1, middle)) + " times as many " + sample + " would decide " + which + ".";
  else
    row.would_decide = "The estimate lies so close to the margin, or rests on so few " + sample +
                       ", that no number can be given; more " + sample + " are needed.";
}

std::string in_words(double x) {
  if (!std::isfinite(x)) return x > 0 ? "infinitely many" : "nothing";
  char text[48];
  const double size = std::abs(x);
  const int digits = size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return text;
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  const std::size_t shown = names.size() <= most + 1 ? names.size() : most;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

std::string counted(std::size_t n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace groundwork::audit
