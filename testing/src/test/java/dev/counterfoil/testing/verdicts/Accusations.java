package dev.counterfoil.testing.verdicts;

import dev.counterfoil.verifier.RefusalCode;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Words that say of a token that a thief made it: of an honest one they are never so. */
public final class Accusations {
  /** Kinds of findings. */
  public static final Set<String> FINDINGS =
      Set.of(
          "forged-token",
          "digest-differs",
          "key-out-of-scope",
          "withdrawn-key-used",
          "unknown-key",
          "canary-key-used");

  /** Refusals that say of a token that no signer of ours made it so. */
  static final Set<RefusalCode> REFUSALS =
      EnumSet.of(
          RefusalCode.MALFORMED,
          RefusalCode.ALGORITHM,
          RefusalCode.SIGNATURE,
          RefusalCode.ISSUER,
          RefusalCode.DOMAIN,
          RefusalCode.TENANT,
          RefusalCode.TOKEN_TYPE,
          RefusalCode.AUDIENCE,
          RefusalCode.KEY_SCOPE_TENANT,
          RefusalCode.KEY_SCOPE_TYPE,
          RefusalCode.KEY_SCOPE_AUDIENCE,
          RefusalCode.KEY_SCOPE_BINDING,
          RefusalCode.KEY_NOT_ACTIVE,
          RefusalCode.LIFE_TOO_LONG,
          RefusalCode.PAST_VERIFY_UNTIL,
          RefusalCode.TOKEN_ID,
          RefusalCode.WRONG_LOG,
          RefusalCode.NEVER_ISSUED);

  /** The codes of such refusals. */
  public static final Set<String> REFUSAL_CODES =
      REFUSALS.stream().map(RefusalCode::text).collect(Collectors.toUnmodifiableSet());

  private Accusations() {}
}
