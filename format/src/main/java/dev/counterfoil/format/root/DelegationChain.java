package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A delegation with everything that is needed to verify it from a pinned root, without asking
 * anybody: the versions of the root, and the delegation.
 *
 * @param roots the versions from the first to the one that signed the delegation
 * @param delegation as it was signed
 */
public record DelegationChain(List<JointStatement> roots, JointStatement delegation) {
  /** Most versions accepted: a rotation a month for 40 years. */
  public static final int ROOTS_MAX = 500;

  public DelegationChain {
    roots = List.copyOf(roots);
  }

  /**
   * Verifies it. Whether its window holds, or held, is the caller's to ask.
   *
   * <p>Without a key log nobody sees whether the root has been rotated since, nor whether a later
   * delegation took this one's place: it shows what the root once said.
   */
  public Delegation verify(RootPin pin) throws FormatException {
    RootChain chain = RootChain.under(pin);
    for (JointStatement root : roots) {
      chain = chain.with(root);
    }
    if (!chain.reachesPin()) {
      throw new FormatException("the root that the policy pins is not among them");
    }
    return Delegation.verify(delegation, chain.required());
  }

  /** As a member of other formats. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("roots", roots.stream().map(JointStatement::toJson).toList())
        .put("delegation", delegation.toJson())
        .build();
  }

  /** Reads it; nothing is verified. */
  public static DelegationChain parse(JsonObject json) throws FormatException {
    json.allowOnly("roots", "delegation");
    List<JsonObject> written = json.objects("roots");
    if (written.size() > ROOTS_MAX) {
      throw new FormatException("more than " + ROOTS_MAX + " versions of a root");
    }
    List<JointStatement> roots = new ArrayList<>();
    for (JsonObject root : written) {
      roots.add(JointStatement.parse(RootMetadata.TYPE, root));
    }
    return new DelegationChain(
        roots, JointStatement.parse(Delegation.TYPE, json.object("delegation")));
  }
}
