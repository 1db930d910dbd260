package dev.counterfoil.process.settings;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.format.root.Delegation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * All that a domain's keys are for. No token type and no name belongs to two.
 *
 * @param all in the order of the configuration
 */
public record Purposes(List<Purpose> all) {
  /** Most purposes of a domain. */
  static final int PURPOSES_MAX = 16;

  public Purposes {
    all = List.copyOf(all);
    Set<String> names = new HashSet<>();
    Set<String> types = new HashSet<>();
    for (Purpose purpose : all) {
      if (!names.add(purpose.name())) {
        throw new IllegalArgumentException("two purposes are named " + purpose.name());
      }
      if (new HashSet<>(purpose.algorithms()).size() < purpose.algorithms().size()) {
        throw new IllegalArgumentException(
            "purpose " + purpose.name() + " names an algorithm twice");
      }
      for (String type : purpose.tokenTypes().names()) {
        if (!types.add(type)) {
          throw new IllegalArgumentException(
              "token type "
                  + type
                  + " belongs to two purposes, so a key of one could sign tokens of the other");
        }
      }
      if (purpose.tokenTypes().any() && all.size() > 1) {
        throw new IllegalArgumentException(
            "purpose " + purpose.name() + " has any token type, and there are other purposes");
      }
    }
    if (all.isEmpty() || all.size() > PURPOSES_MAX) {
      throw new IllegalArgumentException("there are 1 to " + PURPOSES_MAX + " purposes");
    }
  }

  /**
   * Every setting that could stop the issuing or have good tokens refused; each with its
   * arithmetic.
   */
  List<String> objections() {
    int rings = all.stream().mapToInt(purpose -> purpose.algorithms().size()).sum();
    List<String> objections = new ArrayList<>();
    for (Purpose purpose : all) {
      // Whom the domain serves besides is the root's to say, and the registrar's to hold against.
      KeyCeiling ceiling = KeyCeiling.of(purpose.tenants(), everybody());
      purpose
          .schedule()
          .objections(ceiling, rings)
          .forEach(objection -> objections.add("purpose " + purpose.name() + ": " + objection));
    }
    return objections;
  }

  /** Every purpose whose keys libraries that cache a JWKS learn of too late. */
  List<String> objectionsOfCaches() {
    return all.stream()
        .flatMap(
            purpose ->
                purpose.schedule().objectionOfCaches().stream()
                    .map(objection -> "purpose " + purpose.name() + ": " + objection))
        .toList();
  }

  /** The most that a key of any purpose may do: what the root is asked to delegate. */
  public Delegation.Bounds bounds() {
    return new Delegation.Bounds(
        everybody(),
        union(Purpose::audiences),
        union(Purpose::tokenTypes),
        all.stream().map(Purpose::lifeMax).max(Comparator.naturalOrder()).orElseThrow());
  }

  private AllowList everybody() {
    return union(Purpose::tenants);
  }

  private AllowList union(Function<Purpose, AllowList> of) {
    Set<String> names = new HashSet<>();
    for (Purpose purpose : all) {
      if (of.apply(purpose).any()) {
        return AllowList.all();
      }
      names.addAll(of.apply(purpose).names());
    }
    return new AllowList(false, names);
  }

  /** The purpose that a token type belongs to. */
  public Optional<Purpose> of(String tokenType) {
    for (Purpose purpose : all) {
      if (purpose.tokenTypes().allows(tokenType)) {
        return Optional.of(purpose);
      }
    }
    return Optional.empty();
  }

  /** The purpose of a statement's name. */
  public Optional<Purpose> named(String name) {
    return all.stream().filter(purpose -> purpose.name().equals(name)).findFirst();
  }

  /** Whether a ring is one of these purposes'. */
  public boolean has(Ring ring) {
    return all.stream().anyMatch(purpose -> purpose.rings().contains(ring));
  }
}
