#pragma once

#include <string>
#include <vector>

namespace groundwork::design {

/*
 * In vivo (error analysis, "In vivo"): the cells of a guide in a host descend from few founder clones, and cells of one
 * clone are alike. k founders, clone sizes with squared coefficient of variation ψ, variance s_c² between clones and
 * s_w² between cells of a clone.
 */
struct Clones {
  double founders = 10;       ///< k: founder clones of a condition in one batch (host)
  double size_variation = 1;  ///< ψ ≥ 0
  double sc2 = 0;             ///< between clones
};

/** k_eff = (k + ψ)/(1 + ψ): as many clones of equal size. Throws `design.clones` for k < 1, ψ < 0 or s_c² < 0. */
double effective_founders(const Clones&);

/** Variance of the mean of n cells: (s_c² + s_w²)/n · [1 + (n − 1) ρ/k_eff], ρ = s_c²/(s_c² + s_w²). */
double clonal_variance(const Clones&, double sw2, double cells);

/** The same as a variance that cells do not reduce and one that they do: `fixed` + `per_cell`/n. */
struct ClonalParts {
  double fixed = 0;     ///< s_c²/k_eff: joins s_g²
  double per_cell = 0;  ///< s_w² + s_c² (1 − 1/k_eff): stands for s_w²
};
ClonalParts clonal_parts(const Clones&, double sw2);

/** k_eff/ρ: beyond so many cells of a condition in a host, more cells buy next to nothing; ∞ where s_c² = 0. */
double useful_cells(const Clones&, double sw2);

/** "More cells buy nothing beyond 60 cells …": what useful_cells means for groups of `cells`; "" where they still buy.
 */
std::string useful_cells_sentence(const Clones&, double sw2, double cells);

/** Founders that arrive by chance, Poisson with mean κ. */
struct PoissonFounders {
  double lost = 0;       ///< P(no founder) = e^{−κ}: the guide is lost in this host
  double effective = 0;  ///< 1/E[(1 + ψ)/(k + ψ) | k ≥ 1]: what stands for k_eff. Plugging in κ is wrong.
};
PoissonFounders poisson_founders(double mean, double size_variation);

/** Squared coefficient of variation of a condition's abundance: 1/n̄ + (1 + ψ)/κ − 1/F, F founders in all. */
double abundance_variation(double cells, double founders, double all_founders, double size_variation);

/**
 * What pooling the cells of several hosts before comparing adds: s_b² Σ_h (a_ph − a_0h)², a = the hosts' shares of the
 * cells of the condition and of the control. Throws `design.clones` where the shares are not of one length.
 */
double pooling_penalty(double sb2, const std::vector<double>& cells, const std::vector<double>& control_cells);

}  // namespace groundwork::design
