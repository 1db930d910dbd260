package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.victims.Contacts.Contact;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Which channel a notice goes out on now: facts in, channels out. Pure. */
public final class NoticePlan {
  /** A page beside the check codes, which shows that there is a notice and nothing of it. */
  public static final String PAGE = "page";

  public static final String WEBHOOK = "webhook";
  public static final String MAIL = "mail";

  /** An event on the tenant's streams at the authority. */
  public static final String SIGNALS = "signals";

  /** A file to print and to send by post. */
  public static final String LETTER = "letter";

  private static final int DIGITAL_MIN = 3;
  private static final Duration RETRY_FIRST = Duration.ofSeconds(10);
  private static final Duration RETRY_MAX = Duration.ofHours(1);
  private static final int DOUBLINGS_MAX = 12;

  private NoticePlan() {}

  /**
   * The channels that are due. All that a tenant has are used at once; the letter is used at once
   * too where they are fewer than three, and where nobody acknowledged the others in time.
   */
  public static List<String> due(
      NoticeState notice, Contact contact, Duration escalateAfter, Instant now) {
    List<String> channels = new ArrayList<>(List.of(PAGE));
    if (contact.webhook().isPresent()) {
      channels.add(WEBHOOK);
    }
    if (contact.signals()) {
      channels.add(SIGNALS);
    }
    if (!safeMail(notice.notice(), contact).isEmpty()) {
      channels.add(MAIL);
    }
    boolean isUnanswered =
        notice.acknowledgedAt().isEmpty()
            && !now.isBefore(notice.notice().issuedAt().plus(escalateAfter));
    boolean isFailing = !notice.failures().isEmpty();
    if (channels.size() < DIGITAL_MIN || isUnanswered || isFailing) {
      channels.add(LETTER);
    }
    return channels.stream()
        .filter(channel -> !notice.sent().containsKey(channel))
        .filter(channel -> isTime(notice, channel, now))
        .toList();
  }

  /** The addresses that are not among the accounts that may be in other hands. */
  static List<String> safeMail(TheftNotice notice, Contact contact) {
    return contact.mail().stream().filter(address -> !notice.affects(address)).toList();
  }

  private static boolean isTime(NoticeState notice, String channel, Instant now) {
    NoticeState.Failure failure = notice.failures().get(channel);
    if (failure == null) {
      return true;
    }
    long doublings = Math.min(DOUBLINGS_MAX, failure.count() - 1);
    Duration wait = RETRY_FIRST.multipliedBy(1L << doublings);
    return !now.isBefore(failure.lastAt().plus(wait.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : wait));
  }
}
