package dev.counterfoil.rules.reading;

import dev.counterfoil.rules.model.Criterion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a condition such as {@code selection and not 1 of filter_*}: or binds least, then and, then
 * not. For one condition.
 */
final class ConditionReader {
  /** Deepest nesting of brackets and negations. */
  static final int DEPTH_MAX = 32;

  /** Most words. */
  static final int WORDS_MAX = 1_000;

  private static final Pattern WORD = Pattern.compile("\\G\\s*([()]|[^\\s()]+)");

  private final Map<String, Criterion> named;
  private final List<String> words = new ArrayList<>();
  private int at;
  private int depth;

  /** Why a condition cannot be read. */
  static final class ConditionException extends Exception {
    private static final long serialVersionUID = 1L;

    ConditionException(String message) {
      super(message);
    }
  }

  private ConditionReader(String condition, Map<String, Criterion> named)
      throws ConditionException {
    this.named = named;
    String text = condition.strip();
    Matcher word = WORD.matcher(text);
    int end = 0;
    while (word.find()) {
      words.add(word.group(1));
      end = word.end();
      if (words.size() > WORDS_MAX) {
        throw new ConditionException("more than " + WORDS_MAX + " words");
      }
    }
    if (end != text.length() || words.isEmpty()) {
      throw new ConditionException("want names of selections with and, or, not");
    }
  }

  static Criterion read(String condition, Map<String, Criterion> named) throws ConditionException {
    if (condition.indexOf('|') >= 0) {
      throw new ConditionException(
          "'|' and what follows was taken out of Sigma: write a correlation rule");
    }
    ConditionReader reader = new ConditionReader(condition, named);
    Criterion all = reader.or();
    if (reader.at < reader.words.size()) {
      throw new ConditionException("'" + reader.words.get(reader.at) + "' stands too much");
    }
    return all;
  }

  private boolean take(String word) {
    if (at < words.size() && words.get(at).equalsIgnoreCase(word)) {
      at++;
      return true;
    }
    return false;
  }

  private Criterion or() throws ConditionException {
    List<Criterion> parts = new ArrayList<>();
    do {
      parts.add(and());
    } while (take("or"));
    return parts.size() == 1 ? parts.getFirst() : new Criterion.One(parts);
  }

  private Criterion and() throws ConditionException {
    List<Criterion> parts = new ArrayList<>();
    do {
      parts.add(not());
    } while (take("and"));
    return parts.size() == 1 ? parts.getFirst() : new Criterion.All(parts);
  }

  private Criterion not() throws ConditionException {
    if (++depth > DEPTH_MAX) {
      throw new ConditionException("nested more than " + DEPTH_MAX + " deep");
    }
    try {
      if (take("not")) {
        return new Criterion.Not(not());
      }
      if (take("(")) {
        Criterion inner = or();
        if (!take(")")) {
          throw new ConditionException("a bracket is not closed");
        }
        return inner;
      }
      return selection();
    } finally {
      depth--;
    }
  }

  private Criterion selection() throws ConditionException {
    if (at == words.size()) {
      throw new ConditionException("it breaks off");
    }
    String word = words.get(at++);
    @Nullable Criterion one = named.get(word);
    boolean isOf = at < words.size() && words.get(at).equalsIgnoreCase("of");
    if (one != null && !isOf) {
      return one;
    }
    boolean all = word.equalsIgnoreCase("all");
    if (!isOf || !(all || word.equals("1") || word.equalsIgnoreCase("any"))) {
      throw new ConditionException("there is no selection '" + word + "'");
    }
    at++;
    if (at == words.size()) {
      throw new ConditionException("'of' lacks the selections");
    }
    String wanted = words.get(at++);
    List<Criterion> parts = new ArrayList<>();
    named.forEach(
        (name, criterion) -> {
          if (wanted.equals("them") ? !name.startsWith("_") : isLike(name, wanted)) {
            parts.add(criterion);
          }
        });
    if (parts.isEmpty()) {
      throw new ConditionException("no selection is called '" + wanted + "'");
    }
    return all ? new Criterion.All(parts) : new Criterion.One(parts);
  }

  /** With {@code *} for any characters. */
  private static boolean isLike(String name, String pattern) {
    String[] parts = pattern.split("\\*", -1);
    if (parts.length == 1) {
      return name.equals(pattern);
    }
    String last = parts[parts.length - 1];
    if (!name.startsWith(parts[0])) {
      return false;
    }
    int from = parts[0].length();
    for (int part = 1; part < parts.length - 1; part++) {
      int found = name.indexOf(parts[part], from);
      if (found < 0) {
        return false;
      }
      from = found + parts[part].length();
    }
    return name.length() - last.length() >= from && name.endsWith(last);
  }
}
