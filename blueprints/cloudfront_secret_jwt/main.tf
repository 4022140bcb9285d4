# A REST API that only a CloudFront distribution may call, and only with the tokens of one OpenID provider.
# The function's package, for arm64:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)

terraform {
  required_version = ">= 1.11" # of write-only arguments: the secret is in no state
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "issuer" {
  description = "The provider's exact issuer, as its tokens spell it"
  type        = string
  default     = "https://idp.example.com/"
  validation {
    condition     = can(regex("^(?:https://.+)$", var.issuer))
    error_message = "The issuer is an https URL."
  }
}

variable "audience" {
  description = "What the tokens for this API name as their audience"
  type        = string
  default     = "https://api.example.com"
}

variable "allowed_origin" {
  description = "The one origin that browsers may call from"
  type        = string
  default     = "https://app.example.com"
  validation {
    condition     = can(regex("^(?:https://[^*]+)$", var.allowed_origin))
    error_message = "One origin, https, and no pattern of several."
  }
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

variable "web_acl" {
  description = "ARN of a web ACL for CloudFront, in us-east-1; none if empty"
  type        = string
  default     = ""
}

variable "domain_name" {
  description = "The distribution's own domain name; the one that CloudFront gives it if empty"
  type        = string
  default     = ""
}

variable "certificate" {
  description = "ARN of the certificate for domain_name, in us-east-1; needed with it"
  type        = string
  default     = ""
}

variable "countries" {
  description = "The countries that may call, by their two letters; all if empty"
  type        = list(string)
  default     = []
}

variable "rotate_every" {
  description = "Schedule by which the origin's secret is rotated"
  type        = string
  default     = "rate(30 days)"
}

variable "alarm_topic" {
  description = "ARN of the SNS topic that is told when a rotation does not come to its end; nobody is told if empty"
  type        = string
  default     = ""
}

data "aws_caller_identity" "current" {}

locals {
  name = "orders"
  functions = {
    authorizer = {
      handler     = "app.handler"
      environment = { ISSUER = var.issuer, AUDIENCE = var.audience, SECRET = "secretsmanager:${aws_secretsmanager_secret.origin.arn}" }
    }
    backend = { handler = "backend.handler", environment = { ALLOWED_ORIGIN = var.allowed_origin } }
  }
  resources = {
    "/orders"      = aws_api_gateway_resource.orders.id
    "/orders/{id}" = aws_api_gateway_resource.order.id
  }
  methods = toset(["GET /orders", "POST /orders", "GET /orders/{id}"])
  cors    = { "Access-Control-Allow-Origin" = "'${var.allowed_origin}'" }
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They need the provider's public address and nothing in a VPC.
  # checkov:skip=CKV_AWS_173:Their environment holds the secret's name, and not the secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = toset(["authorizer", "backend", "rotation", "access"])
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = toset(["authorizer", "backend", "rotation"])
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:X-Ray knows no resources.
  for_each = aws_iam_role.each
  name     = "logs-and-traces"
  role     = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

resource "aws_iam_role_policy" "read_the_secret" {
  name = "read-the-secret"
  role = aws_iam_role.each["authorizer"].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.origin.arn }]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_rest_api" "api" {
  name = local.name
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_authorizer" "cloudfront_and_token" {
  name                             = "cloudfront-and-token"
  rest_api_id                      = aws_api_gateway_rest_api.api.id
  type                             = "REQUEST"
  authorizer_uri                   = aws_lambda_function.each["authorizer"].invoke_arn
  identity_source                  = "method.request.header.Authorization,method.request.header.x-origin-verify"
  authorizer_result_ttl_in_seconds = 300
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/authorizers/${aws_api_gateway_authorizer.cloudfront_and_token.id}"
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*"
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "orders"
}

resource "aws_api_gateway_resource" "order" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.orders.id
  path_part   = "{id}"
}

resource "aws_api_gateway_method" "each" {
  for_each      = local.methods
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = local.resources[split(" ", each.key)[1]]
  http_method   = split(" ", each.key)[0]
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.cloudfront_and_token.id

  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = each.key == "POST /orders" ? { "application/json" = aws_api_gateway_model.order.name } : null
}

resource "aws_api_gateway_request_validator" "all" {
  name                        = "all"
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "order" {
  name         = "Order"
  rest_api_id  = aws_api_gateway_rest_api.api.id
  content_type = "application/json"
  schema = jsonencode({
    type                 = "object"
    required             = ["item"]
    additionalProperties = false
    properties           = { item = { type = "string", maxLength = 100 } }
  })
}

resource "aws_api_gateway_integration" "each" {
  for_each                = local.methods
  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = local.resources[split(" ", each.key)[1]]
  http_method             = aws_api_gateway_method.each[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.each["backend"].invoke_arn
}

# --- what browsers and callers are told -------------------------------------------------------------------------------

resource "aws_api_gateway_method" "preflight" {
  # checkov:skip=CKV_AWS_59:A preflight carries no credential, and must be answered without one.
  # checkov:skip=CKV2_AWS_53:There is nothing in it to validate.
  for_each      = local.resources
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = each.value
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "preflight" {
  for_each          = local.resources
  rest_api_id       = aws_api_gateway_rest_api.api.id
  resource_id       = each.value
  http_method       = aws_api_gateway_method.preflight[each.key].http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 204 }) }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_method.preflight[each.key].http_method
  status_code = "204"
  response_parameters = {
    for name in ["Allow-Origin", "Allow-Headers", "Allow-Methods", "Max-Age"] :
    "method.response.header.Access-Control-${name}" => true
  }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_integration.preflight[each.key].http_method
  status_code = aws_api_gateway_method_response.preflight[each.key].status_code
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'${var.allowed_origin}'"
    "method.response.header.Access-Control-Allow-Headers" = "'authorization,content-type'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
  }
}

resource "aws_api_gateway_gateway_response" "each" {
  for_each = {
    UNAUTHORIZED = merge(local.cors, { "WWW-Authenticate" = "'Bearer'" })
    DEFAULT_4XX  = local.cors
    DEFAULT_5XX  = local.cors
  }
  rest_api_id         = aws_api_gateway_rest_api.api.id
  response_type       = each.key
  response_parameters = { for name, value in each.value : "gatewayresponse.header.${name}" => value }
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { content = filesha1("${path.module}/main.tf"), told = jsonencode([var.allowed_origin]) }
  depends_on = [
    aws_api_gateway_integration.each,
    aws_api_gateway_integration_response.preflight,
    aws_api_gateway_gateway_response.each,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:Responses differ by caller. What is kept is the authorizer's answer, for 300 s.
  # checkov:skip=CKV2_AWS_29:The web ACL is the distribution's, and nobody else is let in.
  # checkov:skip=CKV2_AWS_51:Callers are told by their tokens; mutual_tls is the blueprint with certificates.
  # checkov:skip=CKV2_AWS_77:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV2_AWS_4:The level is set for all methods, below.
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.api.id
  stage_name           = "live"
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      caller            = "$context.authorizer.principalId"
      method            = "$context.httpMethod"
      path              = "$context.path"
      status            = "$context.status"
      authorizerStatus  = "$context.authorizer.status"
      authorizerLatency = "$context.authorizer.latency"
      authorizerError   = "$context.authorizer.error"
      error             = "$context.error.responseType"
      userAgent         = "$context.identity.userAgent"
    })
  }
}

resource "aws_api_gateway_method_settings" "limits" {
  # checkov:skip=CKV_AWS_225:Responses differ by caller; nothing of them is kept at the stage.
  # checkov:skip=CKV_AWS_308:Nothing is kept, so nothing is to be encrypted.
  # A path has ~1 for every slash, the first one too: the gateway takes "orders/POST" and limits nothing by it.
  for_each    = { "*/*" = 100, "~1orders/POST" = 20 }
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = each.key
  settings {
    throttling_rate_limit  = each.value
    throttling_burst_limit = 2 * each.value
    metrics_enabled        = true
    logging_level          = "ERROR"
  }
}

# --- the secret and its rotation --------------------------------------------------------------------------------------

resource "aws_secretsmanager_secret" "origin" {
  # checkov:skip=CKV_AWS_149:Encrypted with the service's key. A key of yours would have to be open to both functions.
  name_prefix = "${local.name}-origin-verify-"
  description = "What the distribution says to its origin, in x-origin-verify"
}

ephemeral "aws_secretsmanager_random_password" "first" {
  password_length     = 43
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "first" {
  secret_id                = aws_secretsmanager_secret.origin.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.first.random_password
  secret_string_wo_version = 1
}

resource "aws_lambda_function" "rotation" {
  # checkov:skip=CKV_AWS_115:Secrets Manager calls it once a step.
  # checkov:skip=CKV_AWS_116:Secrets Manager repeats a step that failed; a dead letter would be done by nobody.
  # checkov:skip=CKV_AWS_117:It needs the public addresses of AWS and of the API, and nothing in a VPC.
  # checkov:skip=CKV_AWS_173:Its environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  function_name    = "${local.name}-rotation"
  role             = aws_iam_role.each["rotation"].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "rotation.handler"
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 256
  timeout          = 60

  environment {
    variables = {
      DISTRIBUTION = aws_cloudfront_distribution.api.id
      URL          = "${aws_api_gateway_stage.live.invoke_url}/orders"
    }
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each["rotation"].name
  }
}

resource "aws_iam_role_policy" "rotate" {
  name = "rotate"
  role = aws_iam_role.each["rotation"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ]
        Resource = aws_secretsmanager_secret.origin.arn
      },
      {
        Effect   = "Allow"
        Action   = ["cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:UpdateDistribution"]
        Resource = aws_cloudfront_distribution.api.arn
      },
    ]
  })
}

resource "aws_lambda_permission" "rotation" {
  function_name  = aws_lambda_function.rotation.function_name
  action         = "lambda:InvokeFunction"
  principal      = "secretsmanager.amazonaws.com"
  source_account = data.aws_caller_identity.current.account_id
  source_arn     = aws_secretsmanager_secret.origin.arn
}

# The first rotation starts at once, and gives the distribution the header: until it is through, every call is a 401.
resource "aws_secretsmanager_secret_rotation" "origin" {
  # checkov:skip=CKV_AWS_304:Every 30 days, which rotate_every says in words that the check does not read.
  secret_id           = aws_secretsmanager_secret.origin.id
  rotation_lambda_arn = aws_lambda_function.rotation.arn
  rotate_immediately  = true
  rotation_rules {
    schedule_expression = var.rotate_every
  }
  depends_on = [
    aws_secretsmanager_secret_version.first,
    aws_lambda_permission.rotation,
    aws_iam_role_policy.rotate,
    aws_iam_role_policy.read_the_secret,
  ]
}

# Waiting is how a rotation works, so an error of the function is none yet. These two say that it does not get on.
resource "aws_cloudwatch_log_metric_filter" "rotation_refused" {
  name           = "${local.name}-rotation-refused"
  log_group_name = aws_cloudwatch_log_group.each["rotation"].name
  pattern        = "{ $.errorType = \"RotationRefused\" }"
  metric_transformation {
    namespace     = local.name
    name          = "RotationRefused"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "rotation_refused" {
  alarm_name          = "${local.name}-rotation-refused"
  alarm_description   = "The secret's rotation cannot be done, and trying again will not help. The function's log says why."
  namespace           = local.name
  metric_name         = "RotationRefused"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic == "" ? [] : [var.alarm_topic]
}

resource "aws_cloudwatch_metric_alarm" "rotation_stuck" {
  alarm_name          = "${local.name}-rotation-stuck"
  alarm_description   = "The secret's rotation has been waiting in each of two hours, and takes half an hour at most."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.rotation.function_name }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic == "" ? [] : [var.alarm_topic]
}

# --- the distribution -------------------------------------------------------------------------------------------------

resource "aws_cloudfront_distribution" "api" {
  # checkov:skip=CKV_AWS_68:A web ACL is associated where web_acl names one.
  # checkov:skip=CKV2_AWS_47:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV_AWS_86:The API's access log has every call. What is refused at the edge is in the web ACL's log.
  # checkov:skip=CKV_AWS_174:TLS 1.2 where there is a domain_name; for its own names CloudFront lets nobody choose.
  # checkov:skip=CKV2_AWS_42:A certificate of one's own where there is a domain_name.
  # checkov:skip=CKV_AWS_305:An API has no document at its root.
  # checkov:skip=CKV_AWS_310:There is one origin, and a Region has many zones.
  # checkov:skip=CKV_AWS_374:Where callers may be is yours to say, in countries.
  # checkov:skip=CKV2_AWS_32:The managed policy of security headers is attached by its id.
  enabled         = true
  http_version    = "http2and3"
  is_ipv6_enabled = true
  aliases         = var.domain_name == "" ? [] : [var.domain_name]
  web_acl_id      = var.web_acl == "" ? null : var.web_acl

  # An origin access control signs for S3, Lambda and media origins, not for API Gateway: so a header tells it. The
  # rotation sets it, and from then on the origin's settings are the rotation's: no plan or state has the secret.
  origin {
    origin_id   = "api"
    domain_name = split("/", aws_api_gateway_stage.live.invoke_url)[2]
    origin_path = "/${aws_api_gateway_stage.live.stage_name}"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id           = "api"
    viewer_protocol_policy     = "https-only"
    allowed_methods            = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.authorization.id
    origin_request_policy_id   = "b689b0a8-53d0-40ab-baf2-68738e2966ac" # Managed-AllViewerExceptHostHeader
    response_headers_policy_id = "67f7725c-6f97-4210-82d7-5512b31e9d03" # Managed-SecurityHeadersPolicy
  }

  restrictions {
    geo_restriction {
      restriction_type = length(var.countries) == 0 ? "none" : "whitelist"
      locations        = var.countries
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain_name == "" ? true : null
    acm_certificate_arn            = var.domain_name == "" ? null : var.certificate
    ssl_support_method             = var.domain_name == "" ? null : "sni-only"
    minimum_protocol_version       = var.domain_name == "" ? "TLSv1" : "TLSv1.2_2021"
  }

  lifecycle {
    ignore_changes = [origin]
    precondition {
      condition     = (var.domain_name == "") == (var.certificate == "")
      error_message = "A domain_name needs its certificate."
    }
  }
}

resource "aws_cloudfront_cache_policy" "authorization" {
  name        = "${local.name}-authorization"
  comment     = "Forwards Authorization, which is part of the cache key; keeps only what the backend says it may"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 1 # with 0 CloudFront would take no header into the key, and forward no Authorization
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = true
    enable_accept_encoding_brotli = true
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["Authorization"]
      }
    }
    cookies_config {
      cookie_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

output "url" {
  description = "Of the origin, which refuses whoever does not come by the distribution"
  value       = aws_api_gateway_stage.live.invoke_url
}

output "public_url" {
  value = "https://${var.domain_name == "" ? aws_cloudfront_distribution.api.domain_name : var.domain_name}"
}

output "secret_id" {
  value = aws_secretsmanager_secret.origin.arn
}
