#include "error_code.hpp"
#include "groundwork/screen/grouping.hpp"
#include "groundwork/screen/role_proposal.hpp"

using namespace groundwork::screen;

namespace {

Column column(const std::string& name, const std::vector<std::string>& values) {
  ColumnBuilder builder(name);
  for (const auto& v : values) builder.add(v);
  return builder.finish();
}

CellTable table_of(std::vector<Column> columns) {
  CellTable table;
  table.file = "cells.csv";
  table.rows = static_cast<std::int64_t>(columns.front().code.size());
  table.columns = std::move(columns);
  return table;
}

std::vector<std::string> names_of(const std::vector<Edit>& edits) {
  std::vector<std::string> names;
  for (const Edit& e : edits) names.push_back(e.name);
  return names;
}

std::vector<std::string> repeat(std::initializer_list<std::string> values, int times) {
  std::vector<std::string> all;
  for (int i = 0; i < times; ++i) all.insert(all.end(), values);
  return all;
}

}  // namespace

TEST_CASE("edits: pairs are sorted, controls within a pair drop out") {
  Roles roles;
  roles.control = {"non-targeting"};
  CHECK(edits_of("non-targeting", roles).empty());
  CHECK(names_of(edits_of("STAT1+JAK2", roles)) == std::vector<std::string>{"JAK2", "STAT1"});
  CHECK(edits_of("STAT1+JAK2", roles) == edits_of("JAK2 + STAT1", roles));
  CHECK(names_of(edits_of("JAK2+non-targeting", roles)) == std::vector<std::string>{"JAK2"});
  CHECK(edits_of("non-targeting+non-targeting", roles).empty());
  CHECK(names_of(edits_of("JAK2+JAK2", roles)) == std::vector<std::string>{"JAK2"});
  CHECK(names_of(edits_of("chr8:128+", roles)) == std::vector<std::string>{"chr8:128+"});
  roles.separator = "";
  CHECK(names_of(edits_of("STAT1+JAK2", roles)) == std::vector<std::string>{"STAT1+JAK2"});
}

TEST_CASE("groups: conditions by their whole identity, nested batches, halves of controls by hash") {
  const CellTable table = table_of({column("label", repeat({"A+B", "ctrl", "B+A", "A", "ctrl", "drop me"}, 40)),
                                    column("day", repeat({"d10", "d10", "d2", "d2", "d2", "d2"}, 40)),
                                    column("lane", repeat({"1", "1", "1", "2", "2", "2"}, 40)),
                                    column("time", repeat({"24", "24", "24.0", "48", "48", "48"}, 40))});
  Roles roles;
  roles.perturbation = "label";
  roles.control = {"ctrl"};
  roles.drop = {"drop me"};
  roles.batch = {"day", "lane"};
  roles.time = "time";
  Grouping g = group_cells(table, roles, 7);
  compact(g);
  REQUIRE(g.conditions.size() == 4);
  CHECK(label_of(g.conditions[0]) == "control · 1 d");
  CHECK(label_of(g.conditions[1]) == "control · 2 d");
  CHECK(label_of(g.conditions[2]) == "A · 2 d");
  CHECK(label_of(g.conditions[3]) == "A+B · 1 d");
  CHECK(g.batches[0].levels == std::vector<std::string>{"d2", "d10"});
  CHECK(g.batches[1].levels == std::vector<std::string>{"d2/1", "d2/2", "d10/1"});
  CHECK(g.groups.size() == 2 * 2 + 1 + 2);
  for (std::size_t i = 0; i < g.group_of_cell.size(); ++i) {
    if (i % 6 == 5) {
      CHECK(g.group_of_cell[i] == -1);
      continue;
    }
    const GroupKey& key = g.groups[static_cast<std::size_t>(g.group_of_cell[i])];
    CHECK((key.half >= 0) == g.conditions[static_cast<std::size_t>(key.condition)].is_control());
  }
  CHECK(g.warnings.size() == 1);
}

TEST_CASE("groups: no perturbation means that all cells are unedited; no batch is no level") {
  const CellTable table = table_of({column("time", {"0", "6", "6"})});
  Roles roles;
  roles.time = "time";
  Grouping g = group_cells(table, roles, 1);
  compact(g);
  CHECK(g.batches.empty());
  CHECK(g.conditions.size() == 2);
  CHECK(g.conditions[1].time == doctest::Approx(0.25).epsilon(1e-15));
  CHECK(g.conditions[0].is_control());
}

TEST_CASE("roles: refusals say what there is") {
  const CellTable table =
      table_of({column("label", {"A", "A", "A", "B", "B", "safe"}), column("t", {"1", "1", "2", "2", "x", "1"})});
  const auto at = [&](const std::function<void(Roles&)>& change) {
    Roles roles;
    roles.perturbation = "label";
    roles.control = {"safe"};
    change(roles);
    return refusal([&] { group_cells(table, roles, 1); });
  };
  CHECK(at([](Roles&) {}).empty());
  CHECK(at([](Roles& r) { r.control = {"ctrl"}; }) ==
        "roles.no_control: the control label 'ctrl' is no value of column 'label'; the most frequent are: A (3), B "
        "(2), safe (1)");
  CHECK(at([](Roles& r) { r.drop = {"multiple"}; }).rfind("roles.unknown_level", 0) == 0);
  CHECK(at([](Roles& r) { r.batch = {"lane"}; }) ==
        "roles.unknown_column: the batch column 'lane' is not in cells.csv; its columns are: label, t");
  CHECK(at([](Roles& r) { r.batch = {"t", "t"}; }).rfind("roles.column_twice", 0) == 0);
  CHECK(at([](Roles& r) {
          r.time = "t";
        }).rfind("roles.time_not_numeric: time column 't': found 'x', expected a number of h", 0) == 0);
  CHECK(at([](Roles& r) { r.time = "t", r.time_unit = "fortnight"; }).rfind("roles.time_unit", 0) == 0);
  CHECK(at([](Roles& r) { r.drop = {"A", "safe"}; }).rfind("roles.no_control: the label 'safe'", 0) == 0);
  CHECK(at([](Roles& r) {
          r.control = {}, r.no_control = true, r.drop = {"A", "B", "safe"};
        }).rfind("roles.no_cells", 0) == 0);
  CHECK(at([](Roles& r) {
          r.batch = {"label"};
        }).rfind("roles.column_twice: column 'label' is the perturbation and a batch", 0) == 0);
  CHECK(at([](Roles& r) { r.guide = "t", r.batch = {"t"}; }).rfind("roles.column_twice", 0) == 0);
  const CellTable plain = table_of({column("label", {"A", "A", "B"})});
  Roles roles;
  roles.perturbation = "label";
  CHECK(refusal([&] { group_cells(plain, roles, 1); }) ==
        "roles.no_control: no label in column 'label' is a usual name of unedited cells; the most frequent are: A (2), "
        "B (1)");
  roles.no_control = true;
  CHECK(group_cells(plain, roles, 1).groups.size() == 2);
  roles = {};
  roles.perturbation = "label";
  CHECK(group_cells(table, roles, 1).warnings.size() == 1);
  CHECK(roles.control == std::vector<std::string>{"safe"});
}

TEST_CASE("roles: proposals, each with a sentence") {
  std::vector<std::string> guides;
  for (int i = 0; i < 400; ++i) guides.push_back("dCas9_g" + std::to_string(i % 20));
  const CellTable table = table_of(
      {column("top_grna", guides),
       column("label", repeat({"non-targeting", "multiple", "GATA1", "GATA1+MYC", "MYC"}, 80)),
       column("Lane", repeat({"L1", "L2", "L3", "L4"}, 100)), column("donor", repeat({"a", "a", "b", "b"}, 100)),
       column("time_d", repeat({"2", "3"}, 200)), column("total_umi", guides)});
  const RoleProposal p = propose_roles(table);
  CHECK(p.roles.perturbation == "label");
  CHECK(p.roles.control == std::vector<std::string>{"non-targeting"});
  CHECK(p.roles.drop == std::vector<std::string>{"multiple"});
  CHECK(p.roles.separator == "+");
  CHECK(p.roles.guide == "top_grna");
  CHECK(p.roles.batch == std::vector<std::string>{"donor", "Lane"});
  CHECK(p.roles.time == "time_d");
  CHECK(p.roles.time_unit == "d");
  CHECK(p.roles.modality == Modality::crispri);
  for (const char* role : {"perturbation", "control", "drop", "separator", "guide", "batch", "time", "modality"})
    CHECK(p.why.count(role) == 1);
  CHECK(propose_separator(column("label", {"A+ctrl", "B+ctrl", "A+B", "ctrl"}), {"ctrl"}) == "+");
  CHECK(propose_separator(column("label", {"x_+_12", "y_+_13", "control_1"}), {}) == "");
}
