#include "arguments.hpp"

#include <cmath>
#include <cstdlib>

#include "groundwork/base/error.hpp"

namespace groundwork::cli {

bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

double number_from(const std::string& text, const std::string& what) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value))
    throw Error("usage.value", what + ": found '" + text + "', expected a number");
  return value;
}

Arguments::Arguments(std::string command, std::vector<Option> options, const std::vector<std::string>& words)
    : command_(std::move(command)), options_(std::move(options)) {
  const std::string hint = "See: groundwork help " + command_;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i] == "-o" ? "--output" : words[i];
    if (word.rfind("--", 0) != 0 || word.size() < 3)
      throw Error("usage.argument",
                  "groundwork " + command_ + ": '" + word + "' is not a flag; every value follows one", hint);
    std::string name = word.substr(2), value;
    const std::size_t equals = name.find('=');
    const bool joined = equals != std::string::npos;
    if (joined) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const Option* known = nullptr;
    for (const Option& o : options_)
      if (o.name == name) known = &o;
    if (!known) throw Error("usage.flag", "groundwork " + command_ + " has no flag --" + name, hint);
    if (known->value.empty()) {
      if (joined) throw Error("usage.value", "--" + name + " takes no value, found '" + value + "'", hint);
    } else if (!joined) {
      if (i + 1 == words.size()) throw Error("usage.value", "--" + name + " needs a value: " + known->value, hint);
      value = words[++i];
    }
    values_[name].push_back(value);
  }
  for (const Option& o : options_)  // said before any work is done
    if (o.value == "NAME.json" && has(o.name) && !text(o.name).ends_with(".json"))
      throw Error("usage.value", "-o: found '" + text(o.name) + "', expected a name that ends in .json", hint);
  for (const Option& o : options_)
    if (o.required && !has(o.name))
      throw Error("usage.missing", "groundwork " + command_ + " needs --" + o.name + " " + o.value, hint);
}

const Option& Arguments::option(const std::string& name) const {
  for (const Option& o : options_)
    if (o.name == name) return o;
  throw std::logic_error("the command " + command_ + " reads a flag it does not declare: --" + name);
}

bool Arguments::has(const std::string& name) const {
  option(name);
  return values_.count(name) != 0;
}

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  if (!has(name)) return otherwise;
  const auto& all = values_.at(name);
  if (all.size() > 1)
    throw Error("usage.repeated", "--" + name + " is given " + std::to_string(all.size()) + " times, expected once");
  return all.front();
}

std::vector<std::string> Arguments::repeated(const std::string& name) const {
  return has(name) ? values_.at(name) : std::vector<std::string>{};
}

std::vector<std::string> Arguments::list(const std::string& name) const {
  std::vector<std::string> parts;
  for (const std::string& value : repeated(name)) {
    std::size_t start = 0;
    while (start <= value.size()) {
      const std::size_t comma = std::min(value.find(',', start), value.size());
      if (comma > start) parts.push_back(value.substr(start, comma - start));
      start = comma + 1;
    }
  }
  return parts;
}

double Arguments::number(const std::string& name, double otherwise) const { return number(name).value_or(otherwise); }

std::optional<double> Arguments::number(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return number_from(text(name), "--" + name);
}

std::vector<double> Arguments::numbers(const std::string& name) const {
  std::vector<double> values;
  if (has(name) && list(name).empty())
    throw Error("usage.value", "--" + name + ": found no number, expected numbers with commas between them");
  for (const std::string& part : list(name)) values.push_back(number_from(part, "--" + name));
  return values;
}

long long Arguments::integer(const std::string& name, long long otherwise) const {
  if (!has(name)) return otherwise;
  const double value = number_from(text(name), "--" + name);
  if (value != std::floor(value) || std::abs(value) > 9007199254740992.0)
    throw Error("usage.value", "--" + name + ": found '" + text(name) + "', expected a whole number");
  return static_cast<long long>(value);
}

}  // namespace groundwork::cli
