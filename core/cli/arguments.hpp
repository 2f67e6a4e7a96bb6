#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace groundwork::cli {

/** One flag of a command: what help prints and what the parser accepts. */
struct Option {
  std::string name;   ///< without the dashes; "output" is also `-o`
  std::string value;  ///< what stands for the value in help, e.g. "FILE"; "" = a switch without a value
  std::string help;   ///< one sentence
  bool required = false;
};

/**
 * The flags of one call, checked against the command's list: unknown flags, missing values and missing required flags
 * are `usage.*` errors. `--name value` and `--name=value` are the same.
 */
class Arguments {
 public:
  /** `words` are those after the command's name. */
  Arguments(std::string command, std::vector<Option> options, const std::vector<std::string>& words);

  const std::string& command() const { return command_; }
  bool has(const std::string& name) const;
  /** A switch. */
  bool flag(const std::string& name) const { return has(name); }
  /** The value, or `otherwise`; refused when given twice. */
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  /** Every value of a flag that may be repeated, in order. */
  std::vector<std::string> repeated(const std::string& name) const;
  /** Comma-separated values, over all repetitions, in order. */
  std::vector<std::string> list(const std::string& name) const;
  double number(const std::string& name, double otherwise) const;
  std::optional<double> number(const std::string& name) const;
  /** Comma-separated numbers. */
  std::vector<double> numbers(const std::string& name) const;
  /** A whole number. */
  long long integer(const std::string& name, long long otherwise) const;

 private:
  const Option& option(const std::string& name) const;

  std::string command_;
  std::vector<Option> options_;
  std::map<std::string, std::vector<std::string>> values_;
};

/** The whole of `text` reads as a number, as against a name. */
bool is_number(const std::string& text);

/** `text` as a finite number; `what` names it in the error `usage.value`. */
double number_from(const std::string& text, const std::string& what);

}  // namespace groundwork::cli
