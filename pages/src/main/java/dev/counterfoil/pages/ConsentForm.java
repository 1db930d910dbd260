package dev.counterfoil.pages;

import java.util.List;
import java.util.Map;

/**
 * The question whether an application may do something in a person's name.
 *
 * @param target where the answer goes
 * @param hidden fields that come back with it
 * @param client what the application is called
 * @param returnsTo the host of its redirect URI
 * @param username who is asked
 * @param effects what it may do, in plain words
 */
public record ConsentForm(
    String target,
    Map<String, String> hidden,
    String client,
    String returnsTo,
    String username,
    List<String> effects) {}
