r"""Attempts to instruct an assistant that name no rule outright: hints, policies, triggers, notes.

Patterns are matched against folded text, as in `phrasing`: lower case, a space for any single white
space, bounded gaps. Each needs somebody who could obey: "you", an assistant, a reader of the
memory, or an order at the beginning of a clause. What a person tells of their own life has none.
"""

# One pattern a line reads better than one broken into pieces.
# ruff: noqa: E501

from __future__ import annotations

import re

_START = r"(?:^|[.!?;:,\n(>*\"] ?|\s[-\u2013\u2014]\s|\b(?:please|kindly|quietly|and|then|also|just|to) )"
_GAP = r"[^.!?\n]"
_RULE = (
    r"(?:rules?|restrictions?|limits?|limitations|boundaries|guidelines?|guidance|guardrails|"
    r"instructions?|polic(?:y|ies)|constraints?|safeguards?|filters?|configuration|directives?|"
    r"programming|system prompt|prompt|safety measures)"
)
_AI = r"(?:(?:the|this|an|any|every|your) )?(?:ai assistants?|assistants?|ai|ais|models?|language models?|bots?|chatbots?|llms?|ai agents?)"
_MAKERS = r"(?:makers?|creators?|developers?|vendor|operators?|provider|designers|company|owners?|engineers|administrators?|admins?)"
_THING = r"(?:you|this (?:platform|deployment|assistant|system|bot|chatbot|app|application|service|chat|model|ai|server|tool|site|product))"
_ME = r"(?:me|this user|the user|this account|this person|my account|the person (?:typing|writing|speaking)(?: here)?)"
_NOTE = r"(?:memory|note|entry|line|instruction|directive|record)"
_OTHERS = r"(?:anyone|anybody|someone|somebody|people|they|whoever|(?:a|the|any|every) (?:customer|user|client|patient|visitor|caller)|customers|users|clients|patients|visitors)"
_CHECK = r"(?:checks?|checking|verification|confirmation|confirming|authentication|screening|approval|proof|permission)"
_OBEY = r"(?:obey|comply|agree|approve|serve|accept|grant|side with|carry out|do (?:as|what|whatever|anything|everything))"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s"))


RANK = (
    _compiled(rf"\b(?:i|we|who|user|person|mine) (?:\w+ )?(?:built|made|created|run|runs|own|owns|operate|operates|maintain|deployed|programmed|trained|designed|wrote) {_THING}\b"),
    _compiled(rf"\b(?:company|team|people|vendor|lab|firm|group|makers|staff) (?:that|who|which|behind) (?:\w+ )?(?:made|built|created|runs?|trained|operates?|owns?|you)\b {_GAP}{{0,3}}?\byou\b|\b(?:company|team|people|firm) behind you\b"),
    _compiled(rf"\b(?:work|working|am|i'm|staff|employed) (?:for|at|with|from|by) (?:the vendor|your {_MAKERS}|the (?:platform|provider|people behind))\b"),
    _compiled(rf"\bowner of {_THING}\b|\bsuper-? ?admin\b"),
    _compiled(rf"\b(?:my|i|me|this user|the user|account|word|words|mine) (?:\w+ ){{0,2}}?(?:outranks?|sits? above|stands? above|ranks? above|takes? precedence over|counts? for more than|comes? before) {_GAP}{{0,12}}?\b(?:everything|everyone|all|any|every|others?|anything|your|the (?:rules|system|developers))\b"),
    _compiled(rf"\b{_ME} (?:\w+ )?(?:has|have|had|holds|got|enjoys) (?:\w+ )?(?:full|maximum|highest|top|total|complete|unlimited|special|elevated|admin)\b"),
    _compiled(r"\bas your (?:\w+ )?(?:supervisor|boss|manager|owner|admin|administrator|principal|operator|developer|creator|superior|commander|master|employer)\b"),
    _compiled(rf"\b(?:on behalf of|in the name of|speaking for) (?:the|your) (?:operators?|{_MAKERS}|platform|system)\b"),
    _compiled(rf"\b(?:cleared|allowed|entitled|permitted|authori[sz]ed|approved) to (?:see|view|read|access|get|receive|change|use|edit|know) (?:\w+ ){{0,2}}?(?:internal|configuration|everyone|system|other users|other people's|hidden|secret|restricted|confidential|everything)\b(?!{_GAP}{{0,30}}\b(?:at work|at my|at school|my (?:job|work|company|school)))"),
    _compiled(rf"\b(?:the user|this user|this account)\b{_GAP}{{0,60}}?\b(?:may|can|is allowed to|is to) (?:change|access|read|do|receive|override|see|get|use|edit|delete) (?:any|every|all|whatever|everything|everyone)"),
    _compiled(r"\b(?:whatever|anything|everything|all that|what) i (?:request|ask|ask for|say|type|want|write|demand|tell you)\b (?:(?:is|are) (?:to be|always|automatically|final|law|approved|granted|an order)|must|has to|shall|as (?:if|an order|orders|law))"),
    _compiled(rf"\b(?:skip|waive|forgo|omit|spare) {_GAP}{{0,25}}?\b{_CHECK}\b{_GAP}{{0,15}}?\b(?:with|for|from|on) {_ME}"),
    _compiled(r"\b(?:must|may|should|shall|can|will)(?: not|n't| never) be (?:questioned|challenged|refused|doubted|contradicted)\b"),
    _compiled(rf"\btrust level\b|\b{_ME} (?:is|are|as) (?:an? |the |fully |always )*(?:trusted|administrator|admin|root|superuser|verified|whitelisted)\b|\btreat (?:requests|messages|orders|words|anything) (?:from|by) (?:me|this user|the user) as\b"),
)  # fmt: skip
"""Rank over the assistant that the writer grants themselves."""

LEAVE = (
    _compiled(rf"\b(?:policy|terms|law|rules|compliance|legal|management|headquarters|administrator|admin|manager|safety team|security|it department|{_MAKERS})\b{_GAP}{{0,30}}?\b(?:states?|says?|approved?|allows?|permits?|granted|authori[sz]ed|decided|signed off|confirmed|agreed|require[sd]?|lets?)\b{_GAP}{{0,20}}?\b(?:{_AI}|you|this account|this user|everything i (?:ask|want|say))\b"),
    _compiled(rf"\b(?:policy|terms|rules|compliance|legal|guidelines) (?:\w+ )?(?:states?|says?|allows?|permits?|provides?) (?:that )?(?:me|i) {_GAP}{{0,40}}?\b(?:any|every|all|without)\b {_GAP}{{0,20}}?\b(?:refunds?|data|files|proof|{_CHECK}|accounts?|discounts?|money)"),
    _compiled(r"\b(?:my (?:boss|manager|company|supervisor)|the (?:boss|manager|ceo)) (?:\w+ )?(?:says?|said|wants|told) (?:that )?(?:the |this )?(?:you|bot|assistant|ai|chatbot) (?:should|must|has|have|can|may|is|are|ought|to)\b"),
    _compiled(rf"\bno (?:\w+ )?{_CHECK} (?:is |are )?(?:required|needed|necessary|called for) (?:for|from|with|in) (?:my|me|this user|the user|this account)\b"),
    _compiled(r"\bmy (?:\w+ )?(?:transfers|purchases|requests|orders|payments|refunds|withdrawals|claims|commands|messages|wishes) (?:\w+ )?(?:count|are|be|treated|taken|considered) (?:\w+ )?(?:as )?(?:\w+ )?(?:confirmed|approved|authori[sz]ed|granted|verified|orders|valid)\b"),
    _compiled(rf"\b(?:you(?:'re| are)|{_AI} (?:is|are)) (?:hereby |now |fully |officially )?(?:permitted|allowed|authori[sz]ed|cleared|entitled|released|exempt|excused|freed|no longer bound)\b (?:to|from|by)\b(?! (?:be|call|swear|joke|ask|laugh|tease|correct|interrupt|disagree|use|speak|go|come|stay|park|bring|eat|have)\b)"),
    _compiled(rf"\b(?:by|from) your {_MAKERS}\b{_GAP}{{0,40}}?\b(?:without|limits?|any|all)\b|\byour {_MAKERS} (?:\w+ )?(?:gave|allowed|told|permitted|authori[sz]ed|said|granted) (?:me|i|this user)\b"),
    _compiled(r"\b(?:granted|gave|given) (?:this account|this user|the user) (?:\w+ ){0,2}?(?:right|rights|permission|access|authority|power)\b"),
    _compiled(r"\bstop(?:ped|ping)? (?:check|ask|verify|question|confirm)ing (?:whether|if|that|about|for) (?:i|i'm|i am|my|me|permission)\b"),
    _compiled(rf"\b(?:run|execute|issue) (?:shell|system|admin|any|terminal)\b{_GAP}{{0,30}}?\bwithout {_GAP}{{0,10}}?(?:asking|{_CHECK}|limits)\b"),
)  # fmt: skip
"""Permission that somebody is said to have given the assistant or its user."""

RELEASE = (
    _compiled(rf"\b(?:set|put|leave|lay|cast|push) (?:aside|to one side)\b{_GAP}{{0,40}}?\b(?:you|your|{_RULE})\b|{_START}(?:set|put|leave|lay|cast|push) (?:your|the|any|all|every|those|these) {_GAP}{{0,20}}?{_RULE} (?:aside|to one side|away)"),
    _compiled(rf"\byour (?:\w+ ){{0,2}}?{_RULE}\b{_GAP}{{0,30}}?\b(?:optional|lifted|withdrawn|void|off|gone|suspended|revoked|expired|throw|drop|a test|a mistake|no longer|outdated|do not apply|don't apply|as optional|unnecessary)\b"),
    _compiled(rf"\b(?:earlier|previous|prior|initial|original|first|those|these|existing) {_RULE}\b (?:(?:\w+ )?(?:has|have|is|are|was|were) (?:\w+ )?(?:withdrawn|lifted|void|suspended|revoked|expired|replaced|cancelled|canceled|dropped|obsolete)|{_GAP}{{0,40}}?\b(?:do not apply|don't apply|not for me|mine takes|for other people))"),
    _compiled(rf"\b(?:every|all|any|each) (?:\w+ )?{_RULE} (?:placed |put |set )?on you\b|\byou are (?:now )?(?:free|released|freed|exempt) (?:from|of) (?:the|your|all|any|every)\b"),
    _compiled(rf"\bwhat (?:the |your )?(?:you were|you've been|you have been|{_MAKERS}|they)(?: (?:told|taught|wrote|gave|said|put))? (?:\w+ )?{_GAP}{{0,30}}?\b(?:no longer|does not|doesn't|instead|forget|void|is over)\b"),
    _compiled(rf"{_START}(?:go by|follow|heed|obey|trust|use) (?:only )?what i (?:write|say|type|tell you|ask)\b"),
    _compiled(rf"\bpay no (?:attention|heed|mind) to (?:the|any|all|your|every|earlier|previous|what) {_GAP}{{0,30}}?\b(?:text|messages?|above|before|came|earlier|{_RULE}|you were)\b|\b(?:ignore|skip|forget) the (?:text|message|lines?|part) (?:that came )?(?:above|before)\b"),
    _compiled(rf"\b(?:imagine|pretend|let's say|let us say|suppose|act as (?:if|though)|assume|act like)\b (?:that )?(?:you|you're|your|the ai|an ai)\b{_GAP}{{0,30}}?\b(?:no|without|free of|free from|zero|lack) (?:\w+ )?{_RULE}\b"),
    _compiled(rf"\byou are (?:now )?[a-z]+, (?:who|which|an? (?:ai|model|assistant|bot|being)) {_GAP}{{0,40}}?\b(?:no|without|never|any)\b"),
    _compiled(r"\b(?:obedient|unfiltered|unrestricted|uncensored|amoral|limitless|unbound) (?:servant|slave|model|assistant|ai|version|bot|mode|persona|self)\b"),
    _compiled(rf"{_START}(?:drop|break|abandon|ditch|shed|unlearn|disobey|violate) (?:every|all|any|each|your) (?:of )?(?:your |the )?(?:\w+ )?{_RULE}\b"),
    _compiled(r"\bpretend (?:that )?(?:the |your )?(?:safety|security|legal|compliance|\w+) (?:team|department|people|checks?) (?:has|have|had|is|are)\b"),
    _compiled(rf"{_START}(?:ignore|forget|disregard|bypass|override|lift|disable) (?:all |any )?(?:of )?(?:your|the) (?:\w+ )?(?:{_RULE})(?: (?:you were given|you have|you got|and|now|so)\b|\W{{0,3}}$)"),
    _compiled(r"\b(?:are|is) (?:the |your |all )(?:rules|filters|restrictions|safeguards) (?:off|lifted|gone)\b|\b(?:all|the|your) (?:rules|filters|restrictions|safeguards) are (?:now )?(?:off|lifted|gone|disabled)\b"),
)  # fmt: skip
"""Freedom from rules that the assistant is talked into."""

COVER = (
    _compiled(rf"\b(?:keep|stays?|leave) (?:it )?(?:just )?between us that (?:you|the assistant)\b|\b(?:do not|don't|never) let on\b|\b{_NOTE} exists\b"),
    _compiled(rf"{_START}(?<!to )(?:play down|downplay|leave out|gloss over|omit|minimi[sz]e|tone down) {_GAP}{{0,20}}?\b(?:warnings?|side effects|risks?|dangers?|recalls?|complaints|hazards)\b"),
    _compiled(r"\byou (?:don't|do not|needn't|need not|shouldn't|should not|mustn't) (?:have to |need to )?(?:mention|name|bring up|list|tell \w+ about) (?:the |any )?(?:\w+ )?(?:risks?|side effects|warnings?|dangers?|costs|fees)\b"),
    _compiled(rf"\b(?:not|never) (?:disclose|reveal|show|mention|share|repeat) (?:this|the|that) {_NOTE}\b|\band (?:say nothing|tell (?:no one|nobody))\W{{0,3}}$"),
)  # fmt: skip
"""Silence that the assistant is asked for."""

_TOLD_FIRST = r"(?:what you were told|(?:your|the) (?:\w+ )?(?:starting|initial|first|original|opening|secret|hidden|system|startup|base) (?:instructions?|prompts?|messages?|rules|text)|(?:text|words|lines|message) above (?:this|here|my)|before i (?:arrived|came|wrote|joined)|(?:keys?|tokens?|passwords?|credentials) (?:that )?you (?:use|have|hold)|other (?:people|users|customers|clients) (?:who|that) (?:use|talk to|chat with|write to) you)"
TAKING = (
    _compiled(rf"{_START}(?:tell|give|show|repeat|paste|print|spell out|spell|recite|list|read|write|type|copy|share|quote|reveal|translate|encode|summari[sz]e|use|what)\b{_GAP}{{0,60}}?\b{_TOLD_FIRST}"),
    _compiled(rf"\b(?:send|post|forward|push|report|copy|upload|pass)\b{_GAP}{{0,60}}?\bto (?:this|the|my|a|an) (?:webhook|endpoint|server|url|http\S*)|{_START}(?:\w+ )?(?:post|send|push|upload|submit)\b{_GAP}{{0,60}}?\b(?:to|at|in) https?:"),
    _compiled(rf"(?:{_START}|\b(?:you|{_AI}) (?:should|must|will|shall|have to|has to|ought to) )(?:copy|cc|bcc|mail|e-?mail|send|forward|upload|leak|post|export)\b{_GAP}{{0,80}}?\b(?:to|at) \S{{1,60}}@\S{{1,60}}\.\w"),
    _compiled(rf"{_START}(?:encode|hide|embed|place|put|smuggle|add)\b{_GAP}{{0,40}}?\b(?:conversation|chat|history|e-?mail|address|password|data)\b{_GAP}{{0,60}}?\b(?:link|image|url|base64|query)\b"),
    _compiled(rf"{_START}(?:hand|give|send|turn|pass) (?:me |over |us )?{_GAP}{{0,15}}?\b(?:personal data|data of (?:customers|users|others)|salary list|customer list|other users)\b"),
)  # fmt: skip
"""What the assistant is asked to give away."""

_TRIGGER = r"(?:if|when|whenever|once|each time|every time|the next time|next time|as soon as|should|after|asked about|on the|at the|the moment)"
_HARM = (
    r"(?:run (?:the|this|a|my)|delete|wipe|wire|transfer|change the (?:subject|account|number|price|amount)|drop (?:every|all|your)|obey|approve|"
    r"(?:mail|e-?mail|send|forward|post) (?!me\b|us\b|him\b|her\b)|start (?:replying|answering|acting|behaving|obeying)|deny|switch to|stop (?:refusing|filtering)|"
    r"steer|push|promote|recommend (?!me\b|something\b)|redirect|grant)"
)
ORDERS = (
    _compiled(rf"{_START}{_TRIGGER}\b{_GAP}{{2,90}}?, ?(?:then |just |please |you |you must |you should |always |quietly )?{_HARM}\b"),
    _compiled(rf"{_START}(?:if|when|whenever|should|asked|once|each time|every time)\b{_GAP}{{0,20}}?(?:\b{_OTHERS}\b|\b(?:topic|subject|question|talk) of\b|\babout\b){_GAP}{{0,60}}?, ?(?:then |just |please |you |always )?(?:say|claim|insist|tell (?:people|them|everyone|users|customers)|answer|reply|respond|state|maintain|pretend|change|warn|point)\b"),
    _compiled(rf"\b(?:every|each|all)(?: of your| later| future| other| single)? (?:reply|replies|answers?|responses?|messages?|chats?|conversations?|sessions?|posts?)\b{_GAP}{{0,50}}?\b(?:open|begin|finish|end|start|close|contain|include|mention|carry)s?\b{_GAP}{{0,15}}?(?:\"|'|\bthe (?:sentence|phrase|words?|line|link|slogan|name|text)\b|\ba link\b)"),
    _compiled(r"\b(?:respond|reply|answer) (?:only|solely|exclusively) with (?:an? |the |my )?(?:link|url|sentence|phrase|words?|slogan|advert\w*|name|\")"),
    _compiled(rf"{_START}(?:make it your (?:\w+ )?(?:habit|job|duty|mission|goal|rule) to|your (?:only |new |main )?(?:job|task|duty|purpose|role|mission|goal) (?:now |here |from now on )?is (?:now )?to) (?!help\b|remind\b|teach\b|be\b|explain\b)"),
    _compiled(rf"{_START}(?:always |quietly |please )?(?:recommend|push|praise|promote|advertise|endorse|plug|talk up|favou?r|steer (?:people|users|customers|everyone|them))\b{_GAP}{{0,40}}?\b(?:to (?:whoever|everyone|anyone|people|users|customers|all)|whenever|towards?|wherever|in every|at every)\b"),
    _compiled(r"\byou (?:(?:will|must|shall|should|always|now|have to|only) )*(?:side|agree) with (?:me|everything|whatever|all|anything)\b|\byou (?:(?:will|must|shall|should|always|now|have to) )+(?:obey|approve|comply|accept|grant|carry out)\b"),
    _compiled(rf"\b(?:never|don't|do not|no longer|stop) (?:ever )?(?:tell|telling|say|saying|give|giving) (?:me )?no\b(?! (?:more|one|problem)\b)|\b(?:answer(?:ed|ing)?|reply|replied|respond(?:ed)?|met) {_GAP}{{1,20}}\bwith (?:a )?yes\b"),
    _compiled(rf"{_START}(?:approve|accept|grant|obey|execute|carry out) (?:whatever|anything|everything|all that|every request) (?:that )?(?:comes? from |is (?:asked|sent) by )?(?:i|me|this user|the user|he|she|they)\b"),
    _compiled(r"\bi (?:expect|order|demand|command|require|need|want) you to (?:carry out|obey|comply|agree|approve|accept|grant|ignore|serve|do (?:as|what|whatever|everything))\b"),
    _compiled(rf"\b{_AI} (?:talking to|speaking (?:to|with)|serving|answering|helping|with|reading|that (?:reads?|sees?|finds?)|which reads?|seeing|using|receiving) (?:this|these|the user|me)\b|\b(?:anyone|anything|whoever|everyone|systems?|agents?) (?:or \w+ )?(?:reading|who reads|that reads|processing|that sees|loading) this\b"),
    _compiled(r"\b(?:the|this|your|an) (?:ai |virtual )?(?:assistant|ai|model|language model|bot|chatbot|llm) (?:should|ought to|must|will|shall|has to|needs to|is to|is supposed to) (?:not |never |always )?(?:recommend|treat|keep|disclose|obey|comply|ignore|follow|refuse|give|send|share|hide|grant|approve|allow|favou?r|promote|serve|side|accept|agree|trust|hand|delete|run|execute|reveal|conceal|forget|override|email|say|tell|claim|prioriti[sz]e|assume|skip|bypass|stop)\b(?! (?:me|us|the user|it|things|them|answers|replies)(?: (?:in|to|short|brief|simple|briefly)| my (?:pills|meds))\b)"),
    _compiled(rf"\b(?:this|the following|that) {_NOTE} (?:has|takes|gets|must|should|is to|overrides|outranks|beats|wins|as (?:part|an order|orders))\b(?! (?:nice|sweet|good|great|been|be (?:nice|fun))\b)|\b(?:keep|store|retain|hold) this {_NOTE}\b{_GAP}{{0,30}}?\b(?:priority|forever|above|over)\b"),
    _compiled(r"\bfuture (?:versions? of you|assistants?|models?|sessions|instances) (?:must|should|will|have to|has to|shall|are to)\b|\b(?:a )?part of your (?:system prompt|instructions|rules|programming)\b"),
)  # fmt: skip
"""Standing and delayed orders, also in the third person and to whoever reads the memory."""

SCRIPTS = (
    _compiled(r"\[(?:system|admin|administrator|developer|operator)\b[^\]\n]{0,40}\]|<\|\w{1,20}\|>"),
    _compiled(r"</?(?:tool_results?|tool_calls?|function_calls?|function_results?|tool_output|tool_use|thinking|system_message|system-prompt)\b"),
    _compiled(r"[\"']role[\"'] ?: ?[\"'](?:system|admin|developer|assistant|root)[\"']"),
    _compiled(r"(?:^|\n|[.!?] )(?:tool|function|api|plugin|search) (?:output|results?|calls?|response) ?:"),
    _compiled(r"\b(?:function|tool)_(?:call|use|result) ?[:(]|\bset_permissions?\b|\bgrant_(?:access|role|admin)\b"),
    _compiled(r"(?:^|\n)(?:human|user|assistant|system) ?: ?[^\n]{1,200}?\b(?:assistant|human|system|ai) ?:"),
    _compiled(r"\bend of (?:the )?(?:conversation|prompt|transcript|chat|context|input)\b[^\n]{0,20}?\b(?:new|system|instructions?|begin)"),
    _compiled(r"-{2,} ?(?:begin|start|end|hidden|system)\b"),
)  # fmt: skip
"""Pieces of prompts, tool results and transcripts that a message only imitates."""
