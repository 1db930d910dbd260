package dev.counterfoil.rules;

import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.model.RuleDocument.Correlated;
import dev.counterfoil.rules.model.RuleDocument.Detection;
import dev.counterfoil.rules.model.RuleDocument.Filter;
import dev.counterfoil.rules.model.RuleHead;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleFault.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rules tied together: filters added to the rules that they name, and correlations in an order in
 * which each follows those that it takes from.
 *
 * @param detections rules about one event
 * @param correlations rules about several
 * @param faults rules that cannot be used, and why; the others can
 */
public record RuleSet(
    List<Detection> detections, List<Correlated> correlations, List<RuleFault> faults) {
  /** Longest chain of correlations. */
  static final int CHAIN_MAX = 8;

  public RuleSet {
    detections = List.copyOf(detections);
    correlations = List.copyOf(correlations);
    faults = List.copyOf(faults);
  }

  /** Ties rules of any number of files together. */
  public static RuleSet of(Collection<? extends RuleDocument> documents) {
    return new Linking(documents).link();
  }

  /** All rules that can match. */
  public Stream<RuleDocument> all() {
    return Stream.concat(detections.stream(), correlations.stream());
  }

  /** A rule with those that it takes from, and none that takes from it. */
  RuleSet alone(RuleDocument rule) {
    List<RuleDocument> wanted = new ArrayList<>(List.of(rule));
    for (int at = 0; at < wanted.size(); at++) {
      if (wanted.get(at) instanceof Correlated correlated) {
        for (String name : correlated.correlation().rules()) {
          all()
              .filter(one -> one.head().isCalled(name) && !wanted.contains(one))
              .forEach(wanted::add);
        }
      }
    }
    return new RuleSet(
        detections.stream().filter(wanted::contains).toList(),
        correlations.stream().filter(wanted::contains).toList(),
        List.of());
  }

  /** Puts one set together. */
  private static final class Linking {
    private final List<RuleFault> faults = new ArrayList<>();
    private final Map<String, RuleDocument> named = new HashMap<>();
    private final List<RuleDocument> documents = new ArrayList<>();
    private final List<Correlated> ordered = new ArrayList<>();
    private final Map<Correlated, Integer> chains = new HashMap<>();
    private final Set<Correlated> underway = new HashSet<>();

    Linking(Collection<? extends RuleDocument> all) {
      for (RuleDocument document : all) {
        if (isFree(document)) {
          documents.add(document);
          names(document.head()).forEach(name -> named.put(name, document));
        }
      }
    }

    private static List<String> names(RuleHead head) {
      return Stream.of(head.id(), head.name()).filter(name -> !name.isEmpty()).distinct().toList();
    }

    private boolean isFree(RuleDocument document) {
      RuleHead head = document.head();
      for (String name : names(head)) {
        RuleDocument other = named.get(name);
        if (other != null) {
          fault(
              head,
              "'"
                  + name
                  + "' is the id or name of another rule too: "
                  + other.head().file()
                  + ":"
                  + other.head().line());
          return false;
        }
      }
      return true;
    }

    private void fault(RuleHead head, String why) {
      faults.add(new RuleFault(Kind.REFERENCE, head.file(), head.line(), why));
    }

    RuleSet link() {
      for (RuleDocument document : documents) {
        if (document instanceof Correlated correlated) {
          visit(correlated);
        }
      }
      List<Filter> filters = new ArrayList<>();
      for (RuleDocument document : documents) {
        if (document instanceof Filter filter && isOfUse(filter)) {
          filters.add(filter);
        }
      }
      List<Detection> detections = new ArrayList<>();
      for (RuleDocument document : documents) {
        if (document instanceof Detection detection) {
          detections.add(filtered(detection, filters));
        }
      }
      return new RuleSet(detections, ordered, faults);
    }

    private boolean isOfUse(Filter filter) {
      for (String rule : filter.rules()) {
        if (!rule.equals("any") && !(named.get(rule) instanceof Detection)) {
          fault(filter.head(), "field 'filter.rules': there is no rule '" + rule + "'");
          return false;
        }
      }
      return true;
    }

    private static Detection filtered(Detection detection, List<Filter> filters) {
      List<Criterion> all = new ArrayList<>();
      all.add(detection.criterion());
      for (Filter filter : filters) {
        if (filter.source().covers(detection.source())
            && filter.rules().stream()
                .anyMatch(rule -> rule.equals("any") || detection.head().isCalled(rule))) {
          all.add(filter.criterion());
        }
      }
      return all.size() == 1
          ? detection
          : new Detection(
              detection.head(), detection.source(), new Criterion.All(all), detection.tests());
    }

    /** How long its chain is; 0 where it cannot be used. */
    private int visit(Correlated correlated) {
      Integer known = chains.get(correlated);
      if (known != null) {
        return known;
      }
      if (underway.size() > CHAIN_MAX || !underway.add(correlated)) {
        fault(
            correlated.head(),
            "field 'correlation.rules': a chain of rules is longer than "
                + CHAIN_MAX
                + ", or leads back to its begin");
        return 0;
      }
      int chain = chain(correlated);
      underway.remove(correlated);
      chains.put(correlated, chain);
      if (chain > 0) {
        ordered.add(correlated);
      }
      return chain;
    }

    private int chain(Correlated correlated) {
      int longest = 1;
      for (String rule : correlated.correlation().rules()) {
        @Nullable RuleDocument document = named.get(rule);
        if (document == null || document instanceof Filter) {
          fault(correlated.head(), "field 'correlation.rules': there is no rule '" + rule + "'");
          return 0;
        }
        if (document instanceof Correlated inner) {
          int its = visit(inner);
          if (its == 0) {
            fault(
                correlated.head(), "field 'correlation.rules': rule '" + rule + "' cannot be used");
            return 0;
          }
          longest = Math.max(longest, its + 1);
        }
      }
      return longest;
    }
  }
}
