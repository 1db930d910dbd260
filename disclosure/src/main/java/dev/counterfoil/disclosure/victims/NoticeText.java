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
  public static String subject(TheftNotice notice, String language) {
    return NoticeWords.in(language)
        .say(
            notice.details().corrections().isEmpty() ? "subject" : "subject-corrected",
            ShownText.line(notice.tenant()),
            ShownText.line(notice.incident()));
  }

  /**
   * The whole text. Our words are in the reader's language; what the operator's people wrote stands
   * as it was signed.
   *
   * @param code the check code
   * @param place the address that the tenant knows from before, where the code stands
   * @param language en, de or zh
   */
  public static String of(TheftNotice notice, String code, String place, String language) {
    NoticeWords words = NoticeWords.in(language);
    StringBuilder out = new StringBuilder(subject(notice, language)).append("\n\n");
    out.append(words.say("real")).append("\n  ").append(ShownText.line(place));
    out.append("\n  ").append(words.say("code", code)).append('\n').append(words.say("offline"));
    out.append("\n  counterfoil notice verify FILE --policy POLICY\n\n");
    for (Correction one : notice.details().corrections()) {
      out.append(words.say("correction", ShownText.line(one.wrong()))).append("\n  ");
      out.append(words.say("found", one.foundAt(), ShownText.line(one.foundHow())));
      out.append("\n  ").append(words.say("believed", ShownText.line(one.believedBecause())));
      out.append("\n  ").append(words.say("prevents", ShownText.line(one.prevention())));
      out.append("\n\n");
    }
    out.append(words.say("happened")).append("\n  ").append(happened(notice, words));
    out.append("\n\n").append(words.say("do-now")).append("\n  ");
    out.append(ShownText.line(notice.advice()));
    list(out, words.say("not-known"), notice.details().notKnown());
    notice
        .details()
        .nextWordAt()
        .ifPresent(at -> out.append("\n\n").append(words.say("next-word", at)));
    out.append("\n\n").append(words.say("tell-us")).append("\n\n");
    out.append(words.say("details")).append('\n');
    notice.affected().stream()
        .limit(ACCOUNTS_SHOWN)
        .forEach(
            one -> {
              out.append("  ").append(account(one, words)).append('\n');
              one.tokenNames()
                  .forEach(name -> out.append("    ").append(ShownText.line(name)).append('\n'));
            });
    if (notice.affected().size() > ACCOUNTS_SHOWN) {
      out.append("  ").append(words.say("more", notice.affected().size() - ACCOUNTS_SHOWN));
      out.append('\n');
    }
    list(out, words.say("touched"), notice.details().touched());
    list(out, words.say("keys"), notice.keys());
    list(out, words.say("evidence"), notice.details().evidence());
    return out.append('\n').toString();
  }

  private static String happened(TheftNotice notice, NoticeWords words) {
    if (!notice.affected().isEmpty()) {
      return words.say(
          "presented",
          notice.affected().size(),
          notice.affected().stream().mapToLong(TheftNotice.AffectedAccount::accepted).sum());
    }
    return words.say(notice.details().touched().isEmpty() ? "nobody" : "opened");
  }

  private static String account(TheftNotice.AffectedAccount one, NoticeWords words) {
    return words.say(
        "account",
        ShownText.line(one.subject()),
        one.tokens(),
        one.accepted(),
        one.firstSeenAt(),
        one.lastSeenAt(),
        ShownText.line(String.join(", ", one.services())));
  }

  private static void list(StringBuilder out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.append("\n\n").append(title);
      lines.forEach(line -> out.append("\n  ").append(ShownText.line(line)));
    }
  }
}
