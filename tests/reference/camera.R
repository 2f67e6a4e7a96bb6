# limma on the table of tests/core/measurement/test_gene_set_tests.cpp: Rscript tests/reference/camera.R (Debian: r-bioc-limma).
suppressMessages(library(limma))
x <- outer(0:11, 0:19, function(g, r) sin(3.1*g + 1.7*r + 0.3*g*r) + ifelse(g < 4, 0.6*cos(2.3*r), 0))
condition <- factor(rep(0:3, each = 5)); batch <- factor(rep(0:4, 4))
design <- model.matrix(~ condition + batch)
options(digits = 16)
print(interGeneCorrelation(x[1:4, ], design)); print(interGeneCorrelation(x[5:9, ], design))
z <- cos(1.3*(0:11)) * 2 + ifelse(0:11 < 4, 1, 0)
print(z)
rho <- max(0, interGeneCorrelation(x[1:4, ], design)$correlation)
print(cameraPR(z, list(a = 1:4, b = 5:9), inter.gene.cor = c(rho, 0.01), sort = FALSE, use.ranks=FALSE))
# score from p
r <- cameraPR(z, list(a = 1:4), inter.gene.cor = rho); print(r$PValue)
r <- cameraPR(z, list(a = 5:9), inter.gene.cor = 0.01); print(r$PValue)
