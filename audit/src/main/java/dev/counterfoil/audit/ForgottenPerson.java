package dev.counterfoil.audit;

import java.util.List;
import java.util.Optional;

/**
 * Who is forgotten, or would be.
 *
 * @param pseudonyms of whoever has the name
 * @param events of his
 * @param young how many of them have to be kept but for the tenant's ground
 * @param first position; -1 where there is none
 * @param last position
 * @param administered whether he administered, or read the audit log, within the last year
 * @param refusal why it is not done
 */
public record ForgottenPerson(
    List<String> pseudonyms,
    long events,
    long young,
    long first,
    long last,
    boolean administered,
    Optional<String> refusal) {
  public ForgottenPerson {
    pseudonyms = List.copyOf(pseudonyms);
  }

  ForgottenPerson refused(String why) {
    return new ForgottenPerson(
        pseudonyms, events, young, first, last, administered, Optional.of(why));
  }
}
