package dev.counterfoil.assess.finding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects findings; the same kind found again adds a line of evidence. Not thread-safe: one
 * assessment, one thread.
 */
public final class AssessmentFindings {
  private final int evidenceLines;
  private final Map<FindingKind, List<String>> evidence = new LinkedHashMap<>();

  public AssessmentFindings(int evidenceLines) {
    this.evidenceLines = evidenceLines;
  }

  public void add(FindingKind kind, String line) {
    List<String> lines = evidence.computeIfAbsent(kind, _ -> new ArrayList<>());
    if (!lines.contains(line)) {
      lines.add(line);
    }
  }

  /** What was found, worst first, in the catalogue's order within a severity. */
  public List<AssessmentFinding> sorted() {
    List<FindingKind> order = FindingKind.all();
    return evidence.entrySet().stream()
        .map(
            entry -> {
              List<String> lines = entry.getValue();
              int shown = Math.min(lines.size(), evidenceLines);
              return new AssessmentFinding(
                  entry.getKey(), lines.subList(0, shown), lines.size() - shown);
            })
        .sorted(
            Comparator.comparing(AssessmentFinding::severity)
                .thenComparingInt(finding -> order.indexOf(finding.kind())))
        .toList();
  }
}
