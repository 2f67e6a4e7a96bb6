#include <doctest/doctest.h>

#include "error_code.hpp"
#include "groundwork/screen/gene_sets.hpp"

using namespace groundwork;
using screen::read_gene_sets;

TEST_CASE("GMT: names, descriptions and genes, each once, whatever ends the lines") {
  const auto sets = read_gene_sets("a.gmt", "\xEF\xBB\xBFHALLMARK_A\thttp://x\tSTAT1\tIRF1\tSTAT1\t\r\n\r\nB\t\tJAK2");
  REQUIRE(sets.size() == 2);
  CHECK(sets[0].name == "HALLMARK_A");
  CHECK(sets[0].description == "http://x");
  CHECK(sets[0].genes == std::vector<std::string>{"STAT1", "IRF1"});
  CHECK(sets[1].description.empty());
  CHECK(sets[1].genes == std::vector<std::string>{"JAK2"});
}

TEST_CASE("a GMT file that is none is refused with its line") {
  const auto refused = [](const std::string& text) {
    try {
      read_gene_sets("a.gmt", text);
    } catch (const Error& e) {
      return e.code() + " " + e.what();
    }
    return std::string();
  };
  CHECK(refused("") == "gene_sets.empty a.gmt holds no gene set.");
  CHECK(refused("\n \n").rfind("gene_sets.empty", 0) == 0);
  CHECK(refused("A\td\tG1\nB,d,G1,G2\n").find("gene_sets.line a.gmt, line 2: found 1 field") == 0);
  CHECK(refused("A\td\n").find("line 1: found 2 fields") != std::string::npos);
  CHECK(refused("A\td\tG1\n\n\td\tG1\n").find("line 3: the set has no name") != std::string::npos);
  CHECK(refused("A\td\tG1\nB\td\tG1\nA\td\tG2\n").find("line 3: the set \"A\" is on line 1 already") !=
        std::string::npos);
  CHECK(refused("A\td\t\t\n").find("line 1: the set \"A\" has no genes") != std::string::npos);
  CHECK(refused(std::string("A\td\tG\0\n", 8)).find("line 1: this is not text") != std::string::npos);
}
