#pragma once

#include <memory>
#include <string>
#include <vector>

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/** What a family of models silently takes for granted. */
struct Family {
  std::string name;
  std::vector<std::string> assumes;  ///< ids of rows
  std::string besides;               ///< what no row tests
  std::string verdict;               ///< a sentence, from the rows
};

struct Audit {
  std::vector<Row> rows;  ///< A1 … A11
  std::vector<Family> families;
  std::string summary;  ///< "4 supported, 1 violated, 3 not testable with this design"
};

/** The audit in steps, so that a long one can report and be cancelled. The screen must outlive it. */
class Auditing {
 public:
  explicit Auditing(const screen::Screen&);
  ~Auditing();
  bool advance();  ///< one step; true when finished
  std::size_t steps() const;
  std::size_t done() const { return done_; }
  std::string next() const;  ///< what comes next, for people
  /** Rows so far; families and summary once finished. */
  const Audit& result() const { return audit_; }

 private:
  const screen::Screen* screen_;
  std::unique_ptr<Evidence> evidence_;
  std::size_t done_ = 0;
  Audit audit_;
};

Audit audit(const screen::Screen&);

}  // namespace groundwork::audit
