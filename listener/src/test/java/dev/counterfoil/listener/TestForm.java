package dev.counterfoil.listener;

import java.nio.charset.StandardCharsets;

/** Refusals in plain text. */
enum TestForm implements Refusal.Form {
  FORM;

  @Override
  public String contentType() {
    return "text/plain";
  }

  @Override
  public byte[] body(Refusal refusal) {
    return (refusal.reason() + " " + refusal.detail() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
