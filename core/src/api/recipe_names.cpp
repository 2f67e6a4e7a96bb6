#include "recipe_names.hpp"

#include <span>

namespace groundwork::api {
namespace {

constexpr const char* pluripotency[] = {
    "POU5F1", "SOX2",  "NANOG", "PRDM14", "ZFP42", "OTX2",   "ZIC2",    "SALL4", "TFAP2C", "FOXD3", "ETV5",   "DPPA4",
    "FOXH1",  "SMAD2", "MYC",   "TGIF1",  "ZIC3",  "JARID2", "TCF7L1",  "SALL2", "LIN28A", "DPPA2", "L1TD1",  "TDGF1",
    "LEFTY1", "NODAL", "FGF2",  "FGF4",   "GDF3",  "DNMT3B", "TERT",    "PODXL", "EPCAM",  "CDH1",  "CD24",   "THY1",
    "TERF1",  "UTF1",  "PHC1",  "USP44",  "VRTN",  "IDO1",   "SFRP2",   "FZD7",  "CRABP1", "HESX1", "LEFTY2", "LIN28B",
    "GATA6",  "EOMES", "TBXT",  "MIXL1",  "SOX17", "GATA4",  "FOXA2",   "GSC",   "CER1",   "PAX6",  "SOX1",   "ZEB2",
    "MEIS1",  "HAND1", "CDX2",  "TBX3",   "KLF4",  "KLF5",   "TFCP2L1", "DPPA5", "TBX6",   "MSX2",  "ID1",    "ID3"};

constexpr const char* housekeeping[] = {"ACTB",   "GAPDH", "EEF1A1", "RPLP0",  "RPS18", "RPL13A", "TPT1",
                                        "TUBA1B", "PPIA",  "FTH1",   "TMSB10", "NPM1",  "PTMA",   "HMGB1",
                                        "ENO1",   "YWHAZ", "LDHA",   "B2M",    "RACK1", "NCL"};

constexpr const char* outside[] = {"EP300",  "KMT2D",  "SMARCA4", "CHD7",   "MED12",  "KDM6A", "SETD1A",
                                   "ARID1A", "CTNNB1", "APC",     "ACVR1B", "TGFBR1", "FGFR1", "MAPK1",
                                   "PTEN",   "TSC2",   "CUL3",    "BRD4",   "HDAC3",  "NCOR1"};

std::vector<std::string> take(std::span<const char* const> known, int count, const std::string& stem) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    result.push_back(at < known.size() ? known[at] : stem + std::to_string(at - known.size() + 1));
  }
  return result;
}

}  // namespace

std::vector<std::string> pluripotency_genes(int count) { return take(pluripotency, count, "GENE"); }
std::vector<std::string> housekeeping_genes(int count) { return take(housekeeping, count, "HK"); }
std::vector<std::string> outside_targets(int count) { return take(outside, count, "TARGET"); }

}  // namespace groundwork::api
