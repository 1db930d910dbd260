package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.TheftNotice;
import java.util.List;

/**
 * A notice for people: at most a page before the details, no link that must be clicked, and how to
 * find out whether it is real.
 */
public final class NoticeText {
  private static final int ACCOUNTS_SHOWN = 20;

  private NoticeText() {}

  /** The subject of a mail, and the first line of a letter. */
  public static String subject(TheftNotice notice) {
    return (notice.details().corrections().isEmpty() ? "Security notice" : "Corrected notice")
        + " for "
        + ShownText.line(notice.tenant())
        + ", incident "
        + ShownText.line(notice.incident());
  }

  /**
   * The whole text.
   *
   * @param code the check code
   * @param place the address that the tenant knows from before, where the code stands
   */
  public static String of(TheftNotice notice, String code, String place) {
    StringBuilder out = new StringBuilder(subject(notice)).append("\n\n");
    out.append("Is this real? Do not click anything. Type this address, which you know from")
        .append(" before, and compare the code:\n  ")
        .append(ShownText.line(place))
        .append("\n  code ")
        .append(code)
        .append("\nOr check the attached file offline, with the policy that you already have:\n")
        .append("  counterfoil notice verify FILE --policy POLICY\n\n");
    for (Correction one : notice.details().corrections()) {
      out.append("Correction: what we told you was wrong. ").append(ShownText.line(one.wrong()));
      out.append("\n  found ").append(one.foundAt()).append(": ");
      out.append(ShownText.line(one.foundHow())).append("\n  why we believed it: ");
      out.append(ShownText.line(one.believedBecause())).append("\n  what prevents the like: ");
      out.append(ShownText.line(one.prevention())).append("\n\n");
    }
    out.append("What happened\n  ");
    if (notice.affected().isEmpty() && !notice.details().touched().isEmpty()) {
      out.append("Tokens that we never issued opened what is listed below.");
    } else if (notice.affected().isEmpty()) {
      out.append(
          "An earlier notice named accounts of yours. As far as we know now, none of them is");
      out.append(" affected.");
    } else {
      out.append("Tokens for ").append(notice.affected().size());
      out.append(" of your accounts were presented that we never issued. Services accepted ");
      out.append(notice.affected().stream().mapToLong(one -> one.accepted()).sum());
      out.append(" of them.");
    }
    out.append("\n\nWhat to do now\n  ").append(ShownText.line(notice.advice()));
    list(out, "What we do not know yet", notice.details().notKnown());
    notice
        .details()
        .nextWordAt()
        .ifPresent(at -> out.append("\n\nThe next word comes by ").append(at));
    out.append("\n\nPlease tell us that a person has read this: give the code to your contact.\n");
    out.append("\nDetails\n");
    notice.affected().stream()
        .limit(ACCOUNTS_SHOWN)
        .forEach(
            one ->
                out.append("  ")
                    .append(ShownText.line(one.subject()))
                    .append(
                        ": %d tokens, %d accepted, %s to %s, at "
                            .formatted(
                                one.tokens(), one.accepted(), one.firstSeenAt(), one.lastSeenAt()))
                    .append(ShownText.line(String.join(", ", one.services())))
                    .append('\n'));
    if (notice.affected().size() > ACCOUNTS_SHOWN) {
      out.append(
          "  and %d more, in the signed file\n"
              .formatted(notice.affected().size() - ACCOUNTS_SHOWN));
    }
    list(out, "What was opened", notice.details().touched());
    list(out, "Keys that are revoked", notice.revokedKeys());
    list(out, "Evidence", notice.details().evidence());
    return out.append('\n').toString();
  }

  private static void list(StringBuilder out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.append("\n\n").append(title);
      lines.forEach(line -> out.append("\n  ").append(ShownText.line(line)));
    }
  }
}
