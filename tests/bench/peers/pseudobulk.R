# edgeR's quasi-likelihood test and limma-voom on pseudobulk counts, every edit against the control.
# Rscript pseudobulk.R FOLDER TMM|none (normalisation beyond library size): reads counts.csv (gene, then one column a sample) and samples.csv (sample, condition, batch;
# the control is the first condition), writes edgeR.csv and limma-voom.csv with gene, condition, log_fold (natural), p.
suppressMessages({library(edgeR); library(limma)})
folder <- commandArgs(TRUE)[1]
method <- commandArgs(TRUE)[2]
counts <- as.matrix(read.csv(file.path(folder, "counts.csv"), row.names = 1, check.names = FALSE))
samples <- read.csv(file.path(folder, "samples.csv"), check.names = FALSE, colClasses = "character")
samples$condition <- factor(samples$condition, levels = unique(samples$condition))
design <- if (length(unique(samples$batch)) > 1) model.matrix(~ condition + factor(batch), samples) else
  model.matrix(~ condition, samples)
edits <- seq(2, nlevels(samples$condition))
write_answer <- function(name, one) {
  rows <- do.call(rbind, lapply(edits, function(k)
    cbind(data.frame(gene = rownames(counts), condition = levels(samples$condition)[k]), one(k))))
  write.csv(rows, file.path(folder, paste0(name, ".csv")), row.names = FALSE)
}
normed <- calcNormFactors(DGEList(counts), method = method)
dispersed <- estimateDisp(normed, design)
ql <- glmQLFit(dispersed, design)
write_answer("edgeR", function(k) {
  t <- glmQLFTest(ql, coef = k)$table
  data.frame(log_fold = t$logFC * log(2), p = t$PValue)
})
fit <- eBayes(lmFit(voom(normed, design), design))
write_answer("limma-voom", function(k) data.frame(log_fold = fit$coefficients[, k] * log(2), p = fit$p.value[, k]))
cat(sprintf("edgeR %s, limma %s, R %s\n", packageVersion("edgeR"), packageVersion("limma"), getRversion()))
