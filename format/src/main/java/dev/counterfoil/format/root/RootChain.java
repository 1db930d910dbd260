package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The versions of a root, from the first on, as somebody sees them who pins one of them. Immutable.
 *
 * <p>The versions before the pinned one are vouched for by the hashes that lead from it back to
 * them; so nothing counts before the pinned one is there.
 */
public final class RootChain {
  private final RootPin pin;
  private final List<Link> links;

  /**
   * One version.
   *
   * @param root what it says
   * @param signed as it was signed
   */
  public record Link(RootMetadata root, JointStatement signed) {}

  private RootChain(RootPin pin, List<Link> links) {
    this.pin = pin;
    this.links = List.copyOf(links);
  }

  /** No version yet. */
  public static RootChain under(RootPin pin) {
    return new RootChain(pin, List.of());
  }

  /** The same with the next version. */
  public RootChain with(JointStatement signed) throws FormatException {
    RootMetadata root = RootMetadata.verify(signed, current());
    if (root.version() == pin.version() && !root.hash().equals(pin.hash())) {
      throw new FormatException("root is another one than the policy pins");
    }
    List<Link> more = new ArrayList<>(links);
    more.add(new Link(root, signed));
    return new RootChain(pin, more);
  }

  /** The newest version. */
  public Optional<RootMetadata> current() {
    return links.isEmpty() ? Optional.empty() : Optional.of(links.get(links.size() - 1).root());
  }

  /** The newest version, which must be there. */
  public RootMetadata required() throws FormatException {
    return current().orElseThrow(() -> new FormatException("no root stands before the entry"));
  }

  /** Whether the pinned version is among them; before that, nothing counts. */
  public boolean reachesPin() {
    return links.size() >= pin.version();
  }

  /** What is pinned. */
  public RootPin pin() {
    return pin;
  }

  /** All versions, from the first on. */
  public List<Link> links() {
    return links;
  }
}
