package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The other authorities of a domain, with which this one shares a PostgreSQL. */
public record PeersEntry(
    @Meaning(
            "This authority's number among those of the domain. The one that was there before the"
                + " others is 1.")
        @Bounds(min = "1", max = "9")
        int number,
    @Meaning("Where the others reach this one, on a network of your own.") HostPort listen,
    @Meaning("This authority's certificate, in PEM, which the others name in their files.")
        Path certificate,
    @Meaning("The certificate's private key: PKCS #8 in PEM, of an elliptic curve.") Path key,
    @Meaning("The other authorities, 8 at most.") List<Peer> others) {
  private static final int OTHERS_MAX = 8;

  /** Another authority. */
  public record Peer(
      @Meaning("Its number.") @Bounds(min = "1", max = "9") int number,
      @Meaning("Where it listens for the others.") HostPort address,
      @Meaning("Its certificate, in PEM: the only one that it can prove itself with.")
          Path certificate) {}

  public PeersEntry {
    others = List.copyOf(others);
    Set<Integer> numbers = new HashSet<>(Set.of(number));
    if (others.isEmpty()
        || others.size() > OTHERS_MAX
        || !others.stream().allMatch(one -> numbers.add(one.number))) {
      throw new IllegalArgumentException(
          "others has 1 to " + OTHERS_MAX + " entries, each of a number of its own");
    }
  }
}
