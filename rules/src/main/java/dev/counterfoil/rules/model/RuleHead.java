package dev.counterfoil.rules.model;

import java.util.List;

/**
 * Who wrote a rule, why, and what to do when it matches. A text that the rule does not have is
 * empty.
 *
 * @param file how messages call its file
 * @param line where its document begins, from 1
 * @param title one line about what it finds
 * @param id its UUID, or another text that names it
 * @param name the short name by which correlations call it
 * @param status such as {@code stable}
 * @param description what it finds
 * @param author who wrote it: shown wherever it matches
 * @param license under which it was published
 * @param references where its knowledge comes from
 * @param level {@code informational}, {@code low}, {@code medium}, {@code high} or {@code critical}
 * @param tags such as {@code attack.t1528}
 * @param falsePositives honest causes of a match
 * @param fields what a reader of a match wants to see
 * @param runbook what to do when it matches
 */
public record RuleHead(
    String file,
    int line,
    String title,
    String id,
    String name,
    String status,
    String description,
    String author,
    String license,
    List<String> references,
    String level,
    List<String> tags,
    List<String> falsePositives,
    List<String> fields,
    String runbook) {
  public RuleHead {
    references = List.copyOf(references);
    tags = List.copyOf(tags);
    falsePositives = List.copyOf(falsePositives);
    fields = List.copyOf(fields);
  }

  /** What others call it: its id, else its name, else its title. */
  public String key() {
    return !id.isEmpty() ? id : !name.isEmpty() ? name : title;
  }

  /** Whether a reference in another rule means this one. */
  public boolean isCalled(String reference) {
    return reference.equals(id) || reference.equals(name);
  }
}
