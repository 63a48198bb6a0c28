r"""How attempts to instruct an assistant are worded in English.

Patterns are matched against folded text: lower case, one space between words. In them a space
stands for any single white space, gaps are bounded, so that the time stays linear. `_order` ties
a pattern to where an order stands: "ignore the rules" at the beginning of a clause or after "you
must", not in "he told me to ignore the rules".
"""

# One pattern a line reads better than one broken into pieces.
# ruff: noqa: E501

from __future__ import annotations

import re

_START = r"(?:^|[.!?;:,\n(>*\"}\])|#]\s?|\s[-\u2013\u2014]\s|\s'|\b(?:please|so|then|(?:can|could|would|will) you) )"
_ADVERB = (
    r"(?:please|kindly|just|now|also|then|always|never|ever|only|simply|immediately|secretly|"
    r"from now on|from here on|in (?:the )?future|henceforth|going forward|remember to|"
    r"make sure to|make sure you|be sure to|let's|rule|note|important|remember|do not ever)"
)
_ASSISTANT = (
    r"(?:the |this )?(?:ai |virtual )?(?:assistant|ai|chatbot|bot|agent|language model|llm)"
)
_MUST = (
    rf"(?:(?:you|{_ASSISTANT}) (?:must|should|shall|will|have to|has to|need to|needs to|are to|"
    r"is to|ought to|may|can)"
    rf"|(?:want|wants|order|orders|command|instruct|asks?|asked|told|tells?|expects?|needs?|"
    rf"requires?|would like|authori[sz]e) (?:you|{_ASSISTANT}) to)"
)
_IMPERATIVE = (
    r"(?:please|delete|remember|forget|ignore|keep|do|don't|act|pretend|listen|read|open|take|"
    r"start|stop|use|write|answer|recommend|treat|save|store|note|always|never|play|let's|you)"
)
_POSITION = (
    rf"(?:{_START}(?:{_ADVERB}[,:]? ){{0,4}}"
    rf"|{_MUST} (?:{_ADVERB} ){{0,3}}"
    rf"|{_START}{_IMPERATIVE} [^.!?\n]{{0,60}}?\band (?:{_ADVERB} ){{0,3}})"
)
_NEVER = (
    rf"(?:{_START}(?:{_ADVERB}[,:]? ){{0,4}}(?:never|do not|don't|refrain from|avoid|stop)"
    rf"|(?:you|{_ASSISTANT}) (?:must|should|shall|will|may|can|are to|is to|has to|have to) "
    r"(?:never|not)|(?:you|assistant) (?:mustn't|shouldn't|won't|can't|cannot)"
    rf"|(?:you|{_ASSISTANT}) (?:not to|to never|to not)"
    rf"|{_START}{_IMPERATIVE} [^.!?\n]{{0,60}}?\band (?:never|do not|don't))(?: ever)?"
)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s"))


def _order(pattern: str) -> re.Pattern[str]:
    return _compiled(_POSITION + pattern)


def _ban(pattern: str) -> re.Pattern[str]:
    return _compiled(rf"{_NEVER} {pattern}")


_RULES = (
    r"(?:instructions?|rules?|guidelines?|(?:system |hidden )?prompts?|polic(?:y|ies)|"
    r"restrictions?|filters?|safety|safeguards?|guardrails?|limits|limitations|system messages?|"
    r"training|programming|directives?|directions?|constraints?|content policy|orders|"
    r"commands?|security|(?:user |developer )messages?|protocols?)\b"
)
_MODE = r"(?:developer|dev|debug|admin|god|root|sudo|dan|maintenance|jailbreak|unrestricted) mode"
_GAP = r"[^.!?\n]"

MARKUP = (
    _compiled(r"(?:^|\n|[.!?] )(?:\[|\(|<|\*\*|#+ ?)?(?:system|developer)(?:\]|\)|>|\*\*)? ?: ?\S"),
    _compiled(r"(?:^|\n|[.!?] )(?:system|operator|admin|administrator|developer) (?:note|message|notice|instructions?|command|override) ?:|\b(?:notes?|messages?|instructions?) (?:for|to) (?:the |any |all )?(?:ai|llm|assistants?|chatbots?|(?:language )?models?|agents?) ?[:\-]"),
    _compiled(r"^(?:assistant|ai) ?: ?\S"),
    _compiled(r"</?(?:system|assistant|instructions?|prompt|im_start|im_end|sys|admin)\b[^<>\n]{0,40}>"),
    _compiled(r"\[/?(?:inst|sys|admin|(?:[a-z]{1,12} )?system(?: [a-z]{1,12})?)\]|<</?sys>>|<\|[\w ]{2,40}\|>"),
    _compiled(r"(?:^|\n)#{1,6} ?(?:system|instructions?|new instructions?|assistant|developer)\b"),
    _compiled(r"\b(?:new|begin|updated?|end of) (?:system|developer) (?:prompt|message|instructions?)\b"),
    _compiled(r"(?:^|\n|[.!?] )system (?:prompt|message|override|instructions?|command|notice|note|update)\b ?[:\-]"),
)  # fmt: skip

OVERRIDES = (
    _order(
        r"(?:ignore|disregard|override|overrule|bypass|disable|drop|remove|turn off|switch off|"
        r"discard|break|void|lift|suspend|cancel|stop following|neglect|(?:do not|don't) "
        r"(?:follow|obey|listen to|comply with|adhere to)) "
        rf"{_GAP}{{0,25}}?\b(?:previous|prior|above|earlier|preceding|all|any|your|these|those|"
        rf"every|system|safety|content|operators?|developers?|original|primary|initial|core|the|ethical|"
        rf"(?=security)) ?{_GAP}{{0,25}}?{_RULES}"
    ),
    _order(r"(?:do not|don't) (?:follow|obey|listen to) (?:any )?(?:instructions|orders|rules|others?|anyone)"),
    _order(
        r"(?:forget|ignore|disregard|discard) (?:everything|all|anything|what) (?:of )?"
        r"(?:you were|you've been|you have been|you know|you learned|you've learned|that came|"
        r"that was said|above|before|prior|previous)"
    ),
    _compiled(
        r"\b(?:overrides?|supersedes?|replaces?|cancels?|trumps?) (?:all |any |your |the )?"
        r"(?:other |previous |prior |earlier |above |existing |system )"
        r"(?:prompt|instructions?|rules?|orders?|guidelines?|polic(?:y|ies)|messages?)"
    ),
    _compiled(
        r"\b(?:above|previous|prior|earlier|old|existing) (?:system )?(?:instructions?|rules?|prompts?|"
        r"polic(?:y|ies)|guidelines|orders) (?:is|are|was|were|has been|have been) (?:now )?"
        r"(?:outdated|void|invalid|cancelled|canceled|revoked|obsolete|null|lifted|superseded|replaced)"
    ),
    _compiled(r"\byour (?:new|real|true|only|actual) (?:instructions?|rules?|orders?|task|goal|purpose|mission|directive|objective|job) (?:is|are)\b"),
    _compiled(r"\b(?:follow|obey|use) these (?:\w+ )?instead|\bopposite of (?:what )?your (?:guidelines|rules|instructions|training)"),
    _compiled(
        r"\b(?:you (?:now )?(?:have|are|will|can|must|may|should)|act|pretend|respond|reply|answer|behave|roleplay|speak)\b"
        rf"{_GAP}{{0,50}}?\b(?:no|without|without any|free (?:of|from)|ignoring|not bound by|unbound by|zero) "
        r"(?:your |the |any |all |more |such )?(?:\w+ )?"
        r"(?:rules?|restrictions?|filters?|limits|limitations|guidelines|policy|boundaries|censorship|ethics|safety|safeguards)\b"
    ),
    _compiled(r"\b(?:an?|the|as|fully|completely|totally|be|become) (?:unrestricted|uncensored|unfiltered|amoral|evil|jailbroken) (?:ai|model|assistant|bot|chatbot|version|mode|agent)"),
    _order(rf"(?:enable|activate|switch (?:in)?to|enter|turn on|go into|start|engage|simulate|you are (?:now )?in) (?:the )?{_MODE}\b(?! (?:on|in) )"),
    _compiled(rf"\b{_MODE} ?(?:[:=]|(?:has been )?(?:enabled|activated|unlocked|engaged)\b)"),
    _compiled(r"\bdo anything now\b|\byou are (?:now )?dan\b(?: and|\W{0,3}$)|\bthis is a jailbreak\b|\bjailbreak (?:mode|prompt|yourself|the (?:ai|assistant|model)|activated|enabled)|\bjailbroken (?:ai|assistant|model)"),
    _compiled(rf"(?:{_START}|\bnow on |\bonwards |\bforward )you are now (?!my\b|so\b|very\b|part\b|one of\b|called\b|named\b|much\b|more\b|better\b|really\b|officially\b|an? friend|good\b|great\b|at\b|old\b|all\b|up\b|ready\b|done\b)"),
    _compiled(r"\byou (?:no longer (?:need|have)|do not (?:need|have)|don't (?:need|have)|needn't|need not) (?:to )?(?:ask (?:me )?(?:for|before|permission)|follow|obey|verify|refuse|confirm|warn|comply)"),
)  # fmt: skip

_I_AM = (
    r"(?:\bi am|\bi'm|\bim|\bi was|\bi have been|\bi've been|\bwe are|\bwe're|\b(?:the |this )?user (?:is|was|has been)|"
    r"\b(?:treat|consider|regard|see|mark|recogni[sz]e|think of|accept|identify) (?:me|this user|the user|my account)(?: as)?|"
    r"\bassume (?:that )?(?:i am|i'm))(?: now| also| hereby| officially)?"
)
_POWER = r"(?:access|privileges?|rights?|permissions?|clearance|control|authority|authori[sz]ation)"
_HIGH = r"(?:admin|administrator|administrative|root|superuser|sudo|unrestricted|elevated|full|unlimited|complete|developer|operator|system|god|top|highest|global)"
_OWN_LIFE = r"(?:my|a|an|our|their|his|her|work|school|college|church|it)\b"
_SYSTEM = r"(?:this|the|your) (?:system|app|application|chat|bot|assistant|service|server|platform|database|account|conversation|workspace|tool|ai|model)"
_GUARDED = r"(?:all|any|every|each|other|another|everyone|everybody|anyone|confidential|private|payroll|admin|hidden|internal|restricted|sensitive|secret|classified|system|customers?|users?|colleagues?'?|passwords?)"
_CHECKS = r"(?:safety|security|identity|authentication|two-factor|2fa|verification|content|access|permission|approval|kyc|fraud|credit|age)"

AUTHORITY = (
    _compiled(rf"{_I_AM} (?:the |an? |your )?(?:root|superuser|super-user|super user|sudo)(?: user)?(?=\W{{0,3}}$| here| from| now| and| with| on (?:this|your)|[,.;!])"),
    _compiled(rf"{_I_AM} (?:the|your) (?:\w+ )?(?:administrator|admin|sysadmin|developer|creator|operator|superuser|programmer)(?=\W{{0,3}}$| here| of {_SYSTEM}| and (?:i|you|am)\b|[,.;!])"),
    _compiled(rf"{_I_AM} (?:(?:the|an?|your) )?(?:real |true |only |rightful )?(?:administrator|admin|owner|operator|developer|creator|maker) (?:of|for|on|in) {_SYSTEM}"),
    _compiled(rf"{_I_AM} your (?:\w+ )?(?:owner|master|creator|maker|developer|operator|god|programmer|administrator|admin)\b"),
    _compiled(rf"(?:remember|note|keep in mind|know|be aware|save|store|memori[sz]e|record)(?: that)?[:,]? {_I_AM} (?:the |an? |your )?(?:system )?(?:administrator|admin|moderator|operator|superuser)\W{{0,3}}$"),
    _compiled(rf"{_I_AM} (?:an? )?(?:system )?(?:administrator|admin|operator|developer)\b,? (?:here|so you|with (?:\w+ ){{0,2}}{_POWER}|and (?:you|can|may|do not|don't))"),
    _compiled(r"\bas (?:an?|the|your) (?:\w+ )?(?:admin|administrator|developer|creator|owner|operator|root|superuser|moderator)(?: \w+){0,3}?,? (?:i (?:can|may|do not need|don't need|order|command|authori[sz]e|am allowed|have the right|override|grant|instruct|want you|need you|require)|you (?:must|have to|should|will|need))"),
    _compiled(rf"{_I_AM} (?:fully |explicitly |specially |pre-?)?(?:allowed|permitted|authori[sz]ed|cleared|entitled|privileged|whitelisted|approved|exempt)(?! (?:to \w+ )?(?:at|for) (?:work|school))\b{_GAP}{{0,40}}?\b{_GUARDED}\b(?!{_GAP}{{0,40}}\b(?:at (?:work|my|the|our|school)|in my|my job|my own|of my|for my|for work|by my)\b)"),
    _compiled(rf"(?:{_I_AM}|\bi have|\buser has|\bhas|\bi) (?:been )?(?:granted|given|got|received) (?:the |an? )?(?:full |explicit |special )?(?:permission|access|right|authority|clearance)\b (?:to|for) {_GAP}{{0,40}}?\b{_GUARDED}\b"),
    _compiled(rf"{_I_AM} (?:an? )?(?:fully )?(?:verified|authenticated|trusted|whitelisted|certified)(?: and|,| (?:\w+ )?(?:user|admin|administrator|operator|customer|employee|physician|doctor|officer|source|engineer|developer))"),
    _compiled(rf"\b(?:i|we|user|this account|my account)(?: now| already)? (?:have|has|hold|holds|got|have got|was given|was granted|possess) (?:\w+ )?{_HIGH}(?: level|-level)? {_POWER}\b(?! (?:on|to|at|for|in|over|of) {_OWN_LIFE})"),
    _compiled(r"\bmy (?:\w+ )?(?:access|clearance|permissions?|privileges?|rights|role|account)(?: level| status| rights?)? (?:is|are|was|were|has been|have been) (?:now )?(?:set to |raised to |that of )?(?:an? |the )?(?:superuser|admin\b|administrator\b|root\b|upgraded|elevated|unlimited|unrestricted)"),
    _compiled(rf"\bclearance to (?:bypass|see|view|access|override|read|skip)\b|\bunrestricted {_POWER}"),
    _compiled(rf"(?:(?<!i want to )(?<!how to )\b(?:bypass|skip|circumvent|evade|disable|override)) (?:the |all |any |my |your |its )?(?:\w+ )?{_CHECKS}(?: \w+)? ?(?:checks?|filters?|settings|restrictions?|controls|measures|polic(?:y|ies)|protocols?|authentication|verification|steps?)\b"),
    _order(rf"(?:grant|give|allow|assign|provide) (?:me|this user|the user|my account|us|user) (?:\w+ )?(?:{_HIGH} {_POWER}|{_POWER} to (?:all|any|every|other|the (?:database|system|server|admin)))"),
    _order(r"(?:treat|consider|regard|see|recogni[sz]e|accept) (?:me|this user|the user) (?:as|like) (?:an? |the |your )?(?:\w+ )?(?:admin|administrator|root|superuser|owner|developer|operator|verified|trusted|authori[sz]ed|privileged|creator)\b(?! vegetable)"),
    _compiled(r"\bi hereby (?:authori[sz]e|grant|permit|order|command)|\byou are hereby\b|\bi (?:order|command) you to\b"),
    _compiled(rf"\b(?:payments?|requests?|transfers?|refunds?|purchases|expenses|orders|withdrawals?|invoices|transactions)\b{_GAP}{{0,50}}?\b(?:is|are) (?:always |automatically |hereby |all )?(?:pre-?approved|(?:always|automatically|hereby) (?:\w+ )?(?:approved|granted|allowed|authori[sz]ed|accepted)|(?:approved|granted|authori[sz]ed) (?:automatically|without|in advance|for me))"),
    _compiled(r"\bown (?:this|every|all|the) (?:other )?(?:user )?(?:accounts?|system|server|database|chat|assistant|bot)\b"),
    _compiled(r"\byour (?:real|true|only|new|actual|rightful) (?:owner|master|boss|developer|operator|creator|administrator|user) is\b"),
    _compiled(rf"\b(?:mark|flag|treat|consider|regard|accept|store|save|remember)\b{_GAP}{{0,50}}?\b(?:as|is) (?:always )?(?:an? |the |your |my |our )?(?:most |highly |fully )?(?:trusted|authoritative|verified|authori[sz]ed|whitelisted|trustworthy|credible)\b"),
)  # fmt: skip

_AUDIENCE = r"(?:the |any |other |our )?(?:users?|customers?|clients?|operators?|developers?|admins?|administrators?|moderators?|others|visitors?|patients?|owner)"
_SELF = r"(?:this|these|that|the) (?:\w+ )?(?:instructions?|rules?|orders?|commands?|prompts?|requests?|directives?|policy)"
_UNWELCOME = r"(?:instructions?|safety|warnings?|risks?|prices?|breach|polic(?:y|ies)|prompts?|competitors?|complaints?|fraud|fees?|costs?|dangers?|side effects?|lawsuits?|recalls?|defects?|errors?)"

CONCEALMENT = (
    _ban(rf"mention(?:ing)? {_GAP}{{0,40}}?\b{_UNWELCOME}\b"),
    _compiled(rf"(?:{_START}(?:{_ADVERB}[,:]? ){{0,4}}|{_MUST} |{_START}{_IMPERATIVE} {_GAP}{{0,60}}?\band )never (?:ever )?mention\b(?! (?:my|me|his|her|our|him|them|sports?|it to my)\b)"),
    _ban(rf"(?:tell(?:ing)?|inform(?:ing)?|warn(?:ing)?|notify(?:ing)?|alert(?:ing)?|show(?:ing)?|let(?:ting)?|disclos(?:e|ing) to|reveal(?:ing)? to|admit(?:ting)? to) {_AUDIENCE}\b"),
    _ban(rf"(?:reveal|disclose|admit|mention|acknowledge|talk about|say|tell (?:anyone|anybody|me|people)|let (?:anyone|anybody|on|people))\b{_GAP}{{0,30}}?(?:{_SELF}|that you (?:were|have been|are|got|received)|your (?:instructions|prompt|rules))"),
    _order(rf"(?:keep|hold) (?:{_SELF}|this message|this conversation) (?:secret|hidden|private|confidential|to yourself|from)"),
    _order(rf"(?:hide|conceal|withhold) {_GAP}{{1,50}}? from (?:{_AUDIENCE}|everyone|everybody|anyone|people)\b"),
    _compiled(rf"\bhide this from\b|\bwithout (?:telling|informing|notifying|warning|alerting) {_AUDIENCE}\b|\bthe (?:user|customer|operator) (?:must|should|may) (?:not|never) (?:know|see|learn|find out|notice)"),
    _order(r"(?:say nothing (?:about|to|of|if)|deny (?:that|any|all|everything|knowing|having)|lie (?:to|about)|pretend (?:that )?(?:nothing|you (?:do not|don't) know))"),
    _ban(r"(?:bring|bringing) (?:it|them|this|that) up"),
)  # fmt: skip

_PROTECTED = (
    r"(?:api[- ]?keys?|(?:system|hidden|initial|original|secret|internal|developer) (?:prompts?|instructions?|messages?|rules|variables|directives|context)|the database|forbidden topics|everything from the (?:beginning|start)|(?:all |your |the )memory (?:states?|contents?)|your (?:full |entire |exact |own )?(?:prompt|instructions|rules|guidelines|secrets|configuration|source code)|"
    r"the (?:hidden |full |entire |exact )?prompt|passwords? of|(?:stored|saved|other|users?'?s?|everyone's|all|all the|customers?'?|admin) passwords|credentials|environment variables|the secrets|secret keys?|"
    r"(?:access|auth|session) tokens?|private (?:data|keys?|information)|ssh keys?|(?:chat|conversation|message) history|other (?:users|people|customers|clients)(?:'|'s)?|\.env\b)"
)
_DATA = r"(?:conversations?|chats?|summar(?:y|ies)|history|histories|transcripts?|passwords?|credentials|everything|messages?|invoices?|deposits?|payments?|e-?mails?|files?|documents?|data|memor(?:y|ies)|keys?|tokens?|details|contacts?|them|it|answers?|repl(?:y|ies)|funds|money)"

SECRETS = (
    _order(rf"(?:reveal|show|display|describe|summari[sz]e|extract|provide|dump|print|output|repeat|tell|give|send|share|reply with|respond with|answer with|return|expose|leak|display|dump|list|read out|recite|disclose|include|append|write (?:down|out)|copy|post|upload|email|translate|encode|spell out)\b(?! (?:me |us )?how ){_GAP}{{0,50}}?\b{_PROTECTED}"),
    _order(r"(?:repeat|print|output|show|recite|copy) (?:me )?(?:everything|all|the (?:text|words|lines)|all (?:the |of the )?(?:text|words)) (?:that (?:came|is|was) )?(?:above|before|preceding|prior)"),
    _compiled(r"\bwhat (?:is|are|was|were) your (?:system prompt|hidden|initial|secret|original) ?(?:prompt|instructions?|rules)?\b"),
    _order(r"(?:append|add|include|embed|insert|attach|put|place|encode|output|render)\b(?=[^\n]{0,120}?(?:https?:|\burl\b|\blink\b|\bimage\b|query string))(?=[^\n]{0,160}?\b(?:history|conversation|e-?mail|private|password|token|address|memory|credentials|data|api key)\b)"),
    _order(rf"(?:send|forward|e-?mail|post|upload|transmit|share|cc|bcc|copy|leak|transfer|wire|exfiltrate|report)\b(?=[^\n]{{0,80}}?\b(?:every|all|any|each|always|whenever|copies)\b){_GAP}{{0,60}}?\b{_DATA}\b{_GAP}{{0,60}}?\b(?:to|with) (?!me\b|us\b|my (?:wife|husband|mom|mum|mother|dad|father|son|daughter|sister|brother|family|accountant|assistant|inbox|e-?mail))"),
    _compiled(rf"\b(?:forward|send|e-?mail|upload|post|transfer|wire|leak)\b (?:{_DATA}|(?:the|any|all|every|each|their|his|her|my|user) {_GAP}{{0,40}}?{_DATA}) to (?:[\w.+-]{{1,60}}@|https?:|account\b|an? external)"),
)  # fmt: skip

_WHEN = r"(?:if|when|whenever|once|each time|every time|as soon as|whatever)"
_PERSON = r"(?:anyone|someone|somebody|anybody|a person|people|they|he|she|you are asked|you're asked|asked)"
_USERS = r"(?:the |a |any |this )?(?:users?|customers?|clients?|visitors?|patients?)"
_FROM_NOW = r"(?:from (?:now|here) on|from (?:this|that) (?:point|moment|day)(?: on(?:wards?)?| forward)?|henceforth|going forward|in (?:all )?(?:the )?future(?: (?:chats?|sessions?|conversations?))?|at the (?:start|beginning|end) of (?:each|every|all))"
_STYLE = (
    r"(?:always |please |only |just |also )?(?:call|address|greet|remind|help|use|write|speak|talk|keep|be|explain|format|ask|"
    r"avoid|spell|translate|summari[sz]e|list|sign|wake|teach|coach|check in|stop using|not use|never use|"
    r"(?:send|give|show|tell|wish) me|(?:answer|reply|respond)(?: to me| me)? (?:in|briefly|shortly|concisely|more|as|with (?:short|brief|bullet|one)))\b"
)

STANDING_ORDERS = (
    _compiled(r"\b(?:permanent|standing|persistent|global|binding) (?:rules?|instructions?|orders?|directives?)\b(?! of)|\bfor all future (?:tasks|sessions|conversations|chats|requests|users|queries)"),
    _compiled(rf"(?:{_START}|\b(?:you|assistant) (?:must|should|will|shall) |\bto )always (?:include|add|append|insert|embed|end with|start with|begin with|attach) {_GAP}{{0,60}}?(?:https?:|\blinks? to (?:my|our)|\burl\b|\bpixel\b|the (?:word|phrase|sentence|text|string)\b)"),
    _compiled(rf"(?:{_START})(?:if|when|whenever) (?:you are |you're )?(?:asked|prompted|queried|summari[sz]ing|answering|responding|processing|handling)\b{_GAP}{{0,80}}?, ?(?:then )?(?:always )?(?:append|output|transfer|send|forward|insert|claim|deny|return|recommend (?:transferring|buying)|call|execute)\b"),
    _compiled(
        rf"(?:{_START}|\b(?:you|assistant|to) (?:(?:must|should|will|shall|have to|has to|need to) )?|\bremember to |\bremember:? )(?:please |you (?:must|should|will) )?always "
        r"(?:answer (?:with )?(?:\W)?(?:yes|no\b|true|positively)|say (?:\W)?(?:yes|that|it)\b|agree|approve|accept (?:my|all|any|every)|comply|obey|trust|believe|assume (?:that )?(?:i|the user)|"
        r"send (?!me\b|us\b)|forward|share (?!your (?:sources|reasoning|thoughts))|run |execute|grant|allow|permit|transfer|pay |side with|do (?:what|as|everything|anything)|"
        r"(?:tell|inform|convince) (?:the |all |any )?(?:users?|customers?|people|everyone)|respond (?:with )?(?:\W)?yes|reply (?:with )?(?:\W)?yes|give (?:me|them) (?:a |the )?(?:discount|refund|highest|maximum|best price))"
    ),
    _order(r"(?:answer|say|reply|respond) (?:with )?\W?yes\W? to (?:every|all|any|each)"),
    _compiled(r"(?:^|[.!?;:\n] ?)always (?:answer|reply|respond)\b"),
    _ban(
        r"(?:refus(?:e|ing)|deny(?:ing)? (?:me|my|any)|reject(?:ing)? (?:me|my|any|a)|declin(?:e|ing) (?:me|my|any)|question(?:ing)? (?:me|my)|contradict(?:ing)?|disagree(?:ing)?|say(?:ing)? no\b|"
        r"warn(?:ing)? me|ask(?:ing)? (?:me |anyone )?for (?:\w+ )?(?:confirmation|permission|approval|passwords?|verification|consent|authori[sz]ation|id\b)|"
        r"verify(?:ing)?|(?:check|checking) (?:my|the|any) (?:identity|permissions?|credentials|password)|log(?:ging)? (?:this|my|these)|report(?:ing)? (?:me|my|this)|challeng(?:e|ing) me|"
        r"disobey(?:ing)?|doubt(?:ing)? (?:me|my|what i)|block(?:ing)? (?:me|my|any)|trust(?:ing)? (?:anyone|any other|other))"
    ),
    _compiled(rf"\b(?:no|none of my|not any) (?:\w+ )?(?:requests?|commands?|orders?)\b{_GAP}{{0,40}}?\b(?:reject|refus|denied|declin|question)"),
    _compiled(rf"(?<!i )\b{_FROM_NOW},? (?:\w+ )?(?:you (?:must|will|shall|are to|have to|need to|only|should|may only|can only|work for|belong to|are\b)|{_ASSISTANT} (?:must|will|shall)) ?(?!{_STYLE})(?!your\b)\w"),
    _compiled(rf"\b{_FROM_NOW},? (?:obey|execute|run|treat|approve|trust|do (?:whatever|anything|everything|as)|agree|comply|recommend|promote|act as)\b"),
    _compiled(rf"\b(?:every|each|all)(?: of your)? (?:answers?|repl(?:y|ies)|responses?|messages?|e-?mails?)\b (?:must|has to|have to|shall|should) (?:always )?(?:contain|include|mention|end with|start with|link|have)\b{_GAP}{{0,60}}?(?:\blinks?\b|\burl\b|https?:|\bimages?\b|the (?:word|phrase|sentence)|\bad\b|advert|\bshop\b|discount|promo|\bbrand\b)"),
    _compiled(rf"{_MUST} (?:\w+ )?(?:obey|comply|serve only|only (?:obey|serve|listen|answer|work)|agree with (?:me|the user|everything|user)|do (?:whatever|anything|everything|as|exactly what))\b"),
    _order(r"(?:obey|comply with|do (?:whatever|anything|everything|exactly (?:as|what))) (?:me|my|i|every|all|the user|that i|they)\b"),
    _compiled(r"\byou (?:will )?(?:now )?only (?:obey|listen to|serve|answer to|work for|take orders from)|\byou (?:work for|belong to|serve|obey) (?:only )?me\b"),
    _compiled(rf"(?:{_START}){_WHEN} {_USERS}\b{_GAP}{{0,80}}?, ?(?:\w+ )?(?:then )?(?:always |you (?:must|should|will) |please |just |secretly )?(?:call|run|execute|send|forward|delete|transfer|tell|say|reply|respond|answer|recommend|give|suggest|claim|deny|output|print|use|invoke|show|refuse|insist|offer|redirect|point|link|approve|ask)\b"),
    _compiled(rf"(?:{_START}){_WHEN} {_PERSON}\b{_GAP}{{0,80}}?, ?(?:then )?(?:always |you (?:must|should|will) |please |just )?(?:run|execute|send|forward|delete|transfer|recommend|give|claim|deny|invoke|respond|reply|answer|refuse|hand|approve|share|reveal)\b"),
    _compiled(rf"(?:{_POSITION})(?:recommend|suggest|promote|advertise|praise|endorse|mention|cite|link to)\b{_GAP}{{0,60}}?\b(?:(?:whenever|when|if|each time|every time) (?:{_PERSON}|{_USERS})|(?:to|for) (?:everyone|anyone|everybody|all|every|any) ?(?:users?|customers?)?|first\b|above all others|over (?:all )?(?:others|competitors)|in every (?:answer|reply|response|conversation)|as the (?:best|only))"),
    _order(r"tell (?:every|all|any|each)(?:one|body)? ?(?:of )?(?:the )?(?:users?|customers?|clients?|visitors?|callers?)?\b.{0,20}?\bthat\b"),
    _order(rf"(?:execute|run|call|invoke|eval|launch)\b{_GAP}{{0,60}}?(?:\b(?:following|this|these) (?:commands?|code|script)\b|\bcurl\b|\brm -|\bwget\b|at the (?:start|beginning|end) of (?:each|every)|\b\w+_\w+\b(?: tool| function)?|\bthe \w+ (?:tool|function)\b|without (?:asking|checking|confirm))"),
)  # fmt: skip
